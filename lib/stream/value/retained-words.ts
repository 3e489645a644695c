import { isLibraryEnd, markLibraryEnd } from '../../document/library-end.ts';
import {
  CanceledError,
  ClosedError,
  ProtocolError,
  StreamClosedError,
  TimeoutError,
} from '../../errors/errors.ts';
import { isError, messageOf } from '../../errors/foreign.ts';
import { suffixMessage } from '../../errors/prefix-message.ts';
import type { RetainedFrame } from '../../wire/resumable-frame.ts';
import { blamedFor } from '../half/half-state.ts';
import { isEndOfCall } from '../lane/cancel-message.ts';
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

function certainItems({ sent, taken, acknowledged }: LostItems): string {
  return `of ${sent} items the consumer has taken ${taken}, and acknowledged ${acknowledged}`;
}

/** The error of a producer when its consumer will not come back: it says which items are certain. */
export function lostConsumer(cause: Error, items: LostItems): Error {
  const text = `the stream's consumer is lost: ${messageOf(cause)}; ${certainItems(items)}`;
  return new StreamClosedError(text, blamedFor(cause), cause);
}

/**
 * The error of a stream that nobody will read any more; undefined if its consumer has just taken the end.
 *
 * @param sink - undefined for a consumer that does not tell how far it has come.
 */
export function lossOf(sink: AcknowledgedSink | undefined, cause: unknown): Error | undefined {
  const error = connectionLoss(cause);
  return sink === undefined ? error : sink.lose(error);
}

/** The error of a connection that has ended with this cause. */
export function connectionLoss(cause: unknown): Error {
  return isError(cause) ? cause : new ClosedError('the connection is closed', 'transport', cause);
}

/**
 * The error of a producer. If its call has ended at the caller, it says which items are certain.
 *
 * @param sink - undefined for a consumer that does not tell how far it has come.
 */
export function producersEnd(error: Error, sink: AcknowledgedSink | undefined): Error {
  if (sink === undefined || !isLibraryEnd(error) || !isEndOfCall(error)) return error;
  const { taken, acknowledged } = sink.positions;
  const own =
    error instanceof TimeoutError
      ? new TimeoutError('the call', error.limitMs, 'call')
      : new CanceledError('call', error.cause, error.initiator, error.path);
  const certain = certainItems({ sent: sink.sentItems, taken, acknowledged });
  return markLibraryEnd(suffixMessage(own, certain));
}

/** The end of a lane when its stream goes on on another one. */
export function movedOn(): ProtocolError {
  return new ProtocolError('the stream goes on on another lane', 'stream');
}

/** The error of a consumer that has taken items of a stream that has not begun. */
export function tookUnsent(): ProtocolError {
  return new ProtocolError('the peer took items that were not sent', 'stream');
}
