import { MessageTooLargeError, ProtocolError, StreamClosedError } from '../../errors/errors.ts';
import { messageOf } from '../../errors/foreign.ts';
import type { Limits } from '../../settings/limits.ts';
import type { RetainedFrame } from '../../wire/resumable-frame.ts';
import { blamedFor } from '../half/half-state.ts';
import type { ResumableTerms } from './produced-hooks.ts';

/** The terms of a stream, as they stand ahead of its items. */
export function retainedFrame(terms: ResumableTerms, firstIndex: number): RetainedFrame {
  const { windowBytes, windowItems, ackPeriod, isManual } = terms;
  const window = { windowBytes, windowItems, ackPeriod, isManual };
  return { type: 'retained', firstIndex, ...window, isRealTime: false, canResume: true };
}

/** The items of a stream when its consumer is lost. */
interface LostItems {
  readonly sent: number;
  readonly taken: number;
  readonly acknowledged: number;
}

/** The error of a producer when its consumer will not come back: it says which items are certain. */
export function lostConsumer(cause: Error, { sent, taken, acknowledged }: LostItems): Error {
  const certain = `of ${sent} items it has taken ${taken}, and acknowledged ${acknowledged}`;
  const text = `the stream's consumer is lost: ${messageOf(cause)}; ${certain}`;
  return new StreamClosedError(text, blamedFor(cause), cause);
}

/** @throws MessageTooLargeError for an item above `limits.maxStreamMessageBytes`. */
export function judgeItem(bytes: number, { maxStreamMessageBytes: limit }: Limits): void {
  if (bytes <= limit) return;
  throw new MessageTooLargeError(bytes, limit, 'maxStreamMessageBytes', 'stream', 'local');
}

/** The error of a consumer that has taken items of a stream that has not begun. */
export function tookUnsent(): ProtocolError {
  return new ProtocolError('the peer took items that were not sent', 'stream');
}
