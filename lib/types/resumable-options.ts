/** How much a resumable stream sends ahead of its consumer, and how the consumer answers. */
export interface ResumableOptions {
  /** Bytes that may be sent and not acknowledged; one item more if nothing is. @default 16_777_216 */
  readonly windowBytes?: number | undefined;
  /**
   * Items that may be so. Default: as many as the bytes allow; with `ackPeriod` 61, or `ackPeriod` if
   * that is more.
   */
  readonly windowItems?: number | undefined;
  /** Another name for `windowItems`, a number of items. @default as `windowItems`. Source: ActualLab's `RpcStream.BufferSize`. */
  readonly bufferSize?: number | undefined;
  /**
   * Items after which the consumer acknowledges. Default: it does after a quarter of the window, and 50
   * ms after it was done with an item. Source: ActualLab's `RpcStream.AckPeriod`.
   */
  readonly ackPeriod?: number | undefined;
  /**
   * `'manual'` asks the consumer's code to acknowledge by itself; it decides. @default 'auto'
   */
  readonly ack?: 'auto' | 'manual' | undefined;
  /**
   * Whether payloads from 16 KiB on are copied, so that their memory may be used again when the source
   * is asked for the next item. @default false
   */
  readonly copy?: boolean | undefined;
  /**
   * Called when the consumer is done with more items, with their number so far. Its errors change
   * nothing. @default nobody is told
   *
   * Source: ActualLab's `onAckProcessed`.
   */
  readonly onAckProcessed?: ((acknowledgedItems: number) => void) | undefined;
  /**
   * Called when an item was taken over from the source, with the number of items so far. Its errors
   * change nothing. @default nobody is told
   *
   * Source: ActualLab's `onBuffered`.
   */
  readonly onBuffered?: ((items: number) => void) | undefined;
}
