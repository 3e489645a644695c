/** What the layers above add to a stream that is sent. */
export interface ProducedHooks {
  /** Each item before it is sent: what it gives is sent in its place. A throw or rejection fails the stream. */
  readonly onSend?: ((item: unknown) => unknown) | undefined;
  /** The document that goes ahead of the first item; undefined for none. */
  readonly headers?: (() => Buffer | undefined) | undefined;
  /** The document that goes behind the last item; undefined for none. */
  readonly trailers?: (() => Buffer | undefined) | undefined;
  /** Items that are sent together; undefined for all of a turn. */
  readonly batchSize?: number | undefined;
  /** Runs the producer's code, for example within its call's context. */
  readonly run?: ((work: () => void) => void) | undefined;
  /** Milliseconds from its first item's demand until it has failed. */
  readonly streamTimeoutMs?: number | undefined;
  /** Milliseconds that one item may wait for room. */
  readonly sendTimeoutMs?: number | undefined;
  /** The idle lane that the consumer keeps ready for it, and the number it is to have: it begins without being asked for. */
  readonly offer?: { readonly lane: bigint; readonly number: number } | undefined;
  /** The stream is over: with a cause, unless it was sent to its end. */
  readonly onEnd?: ((cause: Error | undefined) => void) | undefined;
}
