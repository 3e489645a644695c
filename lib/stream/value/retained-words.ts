import {
  ClosedError,
  MessageTooLargeError,
  ProtocolError,
  StreamClosedError,
} from '../../errors/errors.ts';
import { isError, messageOf } from '../../errors/foreign.ts';
import type { Limits } from '../../settings/limits.ts';
import type { RetainedFrame } from '../../wire/resumable-frame.ts';
import { blamedFor } from '../half/half-state.ts';
import type { AcknowledgedSink } from './acknowledged-sink.ts';
import type { ResumableTerms } from '../resume/resumable-terms.ts';

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

/**
 * The error of a stream that nobody will read any more; undefined if its consumer has just taken the end.
 *
 * @param sink - undefined for a consumer that does not tell how far it has come.
 */
export function lossOf(sink: AcknowledgedSink | undefined, cause: unknown): Error | undefined {
  const closed = 'the connection is closed';
  const error = isError(cause) ? cause : new ClosedError(closed, 'transport', cause);
  return sink === undefined ? error : sink.lose(error);
}

/** @throws MessageTooLargeError for an item above `limits.maxStreamMessageBytes`. */
export function judgeItem(bytes: number, { maxStreamMessageBytes: limit }: Limits): void {
  if (bytes <= limit) return;
  throw new MessageTooLargeError(bytes, limit, 'maxStreamMessageBytes', 'stream', 'local');
}

/** The end of a lane when its stream goes on on another one. */
export function movedOn(): ProtocolError {
  return new ProtocolError('the stream goes on on another lane', 'stream');
}

/** The error of a consumer that has taken items of a stream that has not begun. */
export function tookUnsent(): ProtocolError {
  return new ProtocolError('the peer took items that were not sent', 'stream');
}
