import { kind } from '../../base/option-kinds.ts';
import { promiseOf } from '../../base/promise-of.ts';
import type { OptionKind } from '../../base/read-options.ts';
import { MisuseError, OptionError } from '../../errors/errors.ts';
import type { StreamOptions } from '../../types/value-stream.ts';
import { REAL_TIME_WINDOW } from '../resume/in-flight.ts';
import type { CanSkipTo } from '../resume/unsent-items.ts';
import type { RealTimeTerms } from './produced-hooks.ts';

/** The options of a resumable stream that a real-time stream can't have: its window is fixed. */
const WINDOW_OPTIONS = ['windowBytes', 'windowItems', 'bufferSize', 'ackPeriod'] as const;

export const REAL_TIME: OptionKind = kind(
  "true, false or 'if-possible'",
  (value) => typeof value === 'boolean' || value === 'if-possible',
);

/**
 * The terms of a stream that is asked for as a real-time one; undefined for any other.
 *
 * @throws OptionError for options that do not go together.
 */
export function realTimeTerms<T>(options: StreamOptions<T>): RealTimeTerms | undefined {
  const { realTime, canSkipTo, resumable, checksum } = options;
  if (realTime === undefined || realTime === false) {
    if (canSkipTo === undefined) return undefined;
    throw new OptionError('canSkipTo', 'needs realTime');
  }
  if (checksum === 'crc32')
    throw new OptionError('checksum', "can't be set with realTime: items may be left out");
  if (typeof resumable === 'object') checkNoWindow(resumable);
  return {
    canSkipTo: canSkipTo === undefined ? () => true : guarded(canSkipTo),
    isOptional: realTime === 'if-possible',
  };
}

function checkNoWindow(resumable: object): void {
  const given = WINDOW_OPTIONS.find((name) => (resumable as Record<string, unknown>)[name]);
  if (given === undefined) return;
  const { windowItems, windowBytes } = REAL_TIME_WINDOW;
  const window = `${windowItems} items and ${windowBytes} bytes`;
  throw new OptionError(
    `resumable.${given}`,
    `can't be set with realTime: ${window} are in flight`,
  );
}

/** An answer that comes later would count as yes. */
function guarded<T>(canSkipTo: (item: T) => boolean): CanSkipTo {
  return (item) => {
    // The items are those of the source, which has the option's type.
    const answer: unknown = canSkipTo(item as T);
    const later = promiseOf(answer);
    if (later === undefined) return Boolean(answer);
    later.catch(() => {});
    throw new MisuseError('canSkipTo gave a promise: it must answer at once', 'stream');
  };
}
