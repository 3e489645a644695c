import { MisuseError } from '../../errors/errors.ts';
import { isFromElsewhere, isIterator, isReadable, isReadableStream } from './source-kind.ts';

/** Items that come from other items, which are used up with them. */
export interface DerivedItems {
  readonly '~itemsOf': object | undefined;
}

/**
 * The sources that give their items once and were used. Nothing on them tells it: a generator whose
 * items two readers share looks the same to both.
 */
const used = new WeakSet<object>();

/**
 * A source is about to be used. Arrays, factories and all that makes a new iterator each time may be
 * used again.
 *
 * @throws MisuseError if it gives its items once and was used before: each reader would get a part
 *   of them, or none, and take that for the whole.
 */
export function claimItems(source: object): void {
  const once = oneShotIn(source);
  if (once === undefined) return;
  if (used.has(once) || isUsedUp(once)) {
    throw new MisuseError(
      'the stream was used before, and gives its items once; use an array, or a factory with stream(…)',
      'stream',
    );
  }
  used.add(once);
}

/** It was not used after all. */
export function unclaimItems(source: object): void {
  const once = oneShotIn(source);
  if (once !== undefined) used.delete(once);
}

/** Whether the items are given once, and somebody uses them. */
export function isClaimed(source: object): boolean {
  const once = oneShotIn(source);
  return once !== undefined && used.has(once);
}

function oneShotIn(source: object): object | undefined {
  if (typeof source === 'function') return undefined;
  if (isDerived(source)) return source['~itemsOf'] && oneShotIn(source['~itemsOf']);
  const isOnce =
    isReadable(source) || isReadableStream(source) || isFromElsewhere(source) || isIterator(source);
  return isOnce ? source : undefined;
}

/** Others have read it, or are reading it. */
function isUsedUp(source: object): boolean {
  if (isReadableStream(source)) return source.locked;
  return isReadable(source) && source.readableEnded;
}

function isDerived(source: object): source is DerivedItems {
  return '~itemsOf' in source;
}
