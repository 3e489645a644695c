import type { RunInContext } from '../../base/async-context.ts';
import type { CanSkipTo } from '../resume/unsent-items.ts';
import type { ResumableTerms } from '../resume/resumable-terms.ts';

/** How a stream leaves items out when its consumer is slow. */
export interface RealTimeTerms {
  /** @throws MisuseError for an answer that comes later, and whatever the user's function throws. */
  readonly canSkipTo: CanSkipTo;
  /** Whether the stream is a plain one where the consumer does not know real-time streams. */
  readonly isOptional: boolean;
}

/** The additions of the layers above to a stream that is sent. */
export interface ProducedHooks {
  /**
   * Called for each item before it is sent; its result is sent in place of the item. A throw or
   * rejection fails the stream.
   */
  readonly onSend?: ((item: unknown) => unknown) | undefined;
  /** The document before the first item; undefined for none. */
  readonly headers?: (() => Buffer | undefined) | undefined;
  /** The document after the last item; undefined for none. */
  readonly trailers?: (() => Buffer | undefined) | undefined;
  /** Number of items that are sent together; undefined for all items of a turn. */
  readonly batchSize?: number | undefined;
  /**
   * Runs the producer's code in its async context. Default: the context in which the stream is
   * offered.
   */
  readonly run?: RunInContext | undefined;
  /** Milliseconds from the request for the first item until the stream fails. */
  readonly streamTimeoutMs?: number | undefined;
  /** Milliseconds that one item may wait for room. */
  readonly sendTimeoutMs?: number | undefined;
  /**
   * The idle lane that the consumer keeps ready for the stream, and the number that the stream must
   * have. The stream begins without being asked for.
   */
  readonly offer?: { readonly lane: bigint; readonly number: number } | undefined;
  /** The terms of a stream that can be resumed; undefined for a plain one. */
  readonly resumable?: ResumableTerms | undefined;
  /** The terms of a real-time stream; undefined for any other. */
  readonly realTime?: RealTimeTerms | undefined;
  /** Called when the window of a resumable stream was full for long, and nothing was acknowledged. */
  readonly onUnacknowledged?: (() => void) | undefined;
  /** The stream is over: with a cause, unless it was sent to its end. */
  readonly onEnd?: ((cause: Error | undefined) => void) | undefined;
}
