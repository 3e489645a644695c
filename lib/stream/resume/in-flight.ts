/**
 * The window of every real-time stream. Kernels take megabytes without a word: only a small window
 * keeps new items near their reader. Source of the items: ActualLab's `RpcStream`.
 */
export const REAL_TIME_WINDOW: Readonly<
  Record<'windowBytes' | 'windowItems' | 'ackPeriod', number>
> = Object.freeze({ windowBytes: 262_144, windowItems: 61, ackPeriod: 30 });

/** The items of a real-time stream that were sent and that its reader has not acknowledged. */
export class InFlight {
  /** The bytes of each. */
  readonly #sizes: number[] = [];
  #acknowledged = 0;
  #bytes = 0;
  #lastBytes = 0;

  get items(): number {
    return this.#sizes.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Whether the next item may be sent. It is not encoded yet, so it counts as much as the last one. One
   * item may always be sent alone.
   */
  get hasRoom(): boolean {
    if (this.items === 0) return true;
    if (this.items >= REAL_TIME_WINDOW.windowItems) return false;
    return this.#bytes + this.#lastBytes <= REAL_TIME_WINDOW.windowBytes;
  }

  /** An item was sent. */
  add(bytes: number): void {
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    this.#lastBytes = bytes;
  }

  /** The items below this index are acknowledged. */
  acknowledge(index: number): void {
    for (; this.#acknowledged < index; this.#acknowledged++) {
      this.#bytes -= this.#sizes.shift() ?? 0;
    }
  }

  /** Items from this index on were sent and are lost: the next item has this index. */
  restart(index: number): void {
    const rest = Math.max(0, index - this.#acknowledged);
    while (this.items > rest) this.#bytes -= this.#sizes.pop() ?? 0;
    // Items of a lane that was given up may have been taken all the same.
    while (this.items < rest) this.#sizes.push(0);
  }
}
