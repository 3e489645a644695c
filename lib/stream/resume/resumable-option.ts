import { FLAG, FUNCTION, kind, numberWithin, OBJECT } from '../../base/option-kinds.ts';
import { type OptionKind, type OptionTable, readOptions } from '../../base/read-options.ts';
import { OptionError } from '../../errors/errors.ts';
import type { ResumableOptions } from '../../types/resumable-options.ts';
import type { StreamOptions } from '../../types/value-stream.ts';
import type { ResumableTerms } from './resumable-terms.ts';

const MIB = 1_048_576;

/** Below what kernels hold of a connection, the window would slow the stream, not the network. */
const WINDOW_BYTES = 16 * MIB;

/** The window that goes with an acknowledgement period. Source: ActualLab's `RpcStream`. */
const BUFFER_SIZE = 61;

const ACK: OptionKind = kind(
  "'auto' or 'manual'",
  (value) => value === 'auto' || value === 'manual',
);

const OPTIONS: OptionTable<ResumableOptions> = Object.freeze({
  windowBytes: numberWithin({ min: 1 }),
  windowItems: numberWithin({ min: 1, max: 0xffff_ffff }),
  bufferSize: numberWithin({ min: 1, max: 0xffff_ffff }),
  ackPeriod: numberWithin({ min: 1, max: 0xffff_ffff }),
  ack: ACK,
  copy: FLAG,
  onAckProcessed: FUNCTION,
  onBuffered: FUNCTION,
});

/** The kind of `checksum`. */
export const CHECKSUM: OptionKind = kind(
  "'none' or 'crc32'",
  (value) => value === 'none' || value === 'crc32',
);

/** `true`, `false`, `'if-possible'`, or the options. */
export const RESUMABLE: OptionKind = kind(
  "true, false, 'if-possible' or an object",
  (value) => typeof value === 'boolean' || value === 'if-possible' || OBJECT(value) === undefined,
);

/**
 * The terms of a stream that is asked for as resumable; undefined for a plain one.
 *
 * @throws OptionError for options that can't work.
 */
export function resumableTerms(
  given: boolean | 'if-possible' | ResumableOptions | undefined,
  checksum: StreamOptions<unknown>['checksum'],
): ResumableTerms | undefined {
  if (given === undefined || given === false) {
    if (checksum === 'crc32') throw new OptionError('checksum', 'only a resumable stream has one');
    return undefined;
  }
  return termsOf(given, checksum === 'crc32');
}

function termsOf(given: true | 'if-possible' | ResumableOptions, hasSum: boolean): ResumableTerms {
  const options = typeof given === 'object' ? readOptions(given, OPTIONS, 'resumable') : {};
  const { windowBytes = WINDOW_BYTES, ackPeriod = 0, ack, onAckProcessed, onBuffered } = options;
  const items = options.windowItems ?? options.bufferSize;
  const isCounted = options.ackPeriod !== undefined;
  return {
    windowBytes,
    windowItems: items ?? (isCounted ? Math.max(BUFFER_SIZE, ackPeriod) : 0),
    ackPeriod,
    isManual: ack === 'manual',
    isOptional: given === 'if-possible',
    copies: options.copy === true,
    hasSum,
    onAckProcessed,
    onBuffered,
  };
}

/** The terms of the direction that a server adds to a resumable stream of its client. */
export const DEFAULT_TERMS: ResumableTerms = Object.freeze(termsOf(true, false));
