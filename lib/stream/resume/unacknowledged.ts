/**
 * The bytes of a stream that its consumer has not acknowledged. They are counted in batches: an
 * acknowledgement within a batch counts when the whole batch is acknowledged. So nothing need be kept
 * for one item.
 */
export class Unacknowledged {
  /** For each batch that is not acknowledged: its end, and the bytes of all items up to there. */
  readonly #ends: { readonly endIndex: number; readonly bytes: number }[] = [];
  #first = 0;
  #total = 0;
  #acknowledged = 0;

  get bytes(): number {
    return this.#total - this.#acknowledged;
  }

  /** Items were sent, up to this index. */
  add(endIndex: number, bytes: number): void {
    this.#total += bytes;
    this.#ends.push({ endIndex, bytes: this.#total });
  }

  /** The items below this index are acknowledged. */
  acknowledge(index: number): void {
    for (let end; (end = this.#ends[this.#first]) !== undefined && end.endIndex <= index;) {
      this.#acknowledged = end.bytes;
      this.#first++;
    }
    if (this.#first * 2 < this.#ends.length) return;
    this.#ends.splice(0, this.#first);
    this.#first = 0;
  }
}
