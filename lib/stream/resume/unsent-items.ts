/** Says whether a reader may go on at an item without those before it. */
export type CanSkipTo = (item: unknown) => boolean;

const NONE: readonly unknown[] = Object.freeze([]);

/**
 * The items of a real-time stream that wait to be sent, in order. They are kept as values: to leave
 * one out costs no encoding. Each is judged at most once, and only if it is still here when the reader
 * has come further.
 */
export class UnsentItems {
  readonly #canSkipTo: CanSkipTo;
  #items: unknown[] = [];
  /** The place of the oldest item in the list. */
  #first = 0;
  /** The items before this place were judged: only the oldest of them can be one to skip to. */
  #judged = 0;
  #isDraining = false;

  constructor(canSkipTo: CanSkipTo) {
    this.#canSkipTo = canSkipTo;
  }

  get size(): number {
    return this.#items.length - this.#first;
  }

  /** The item that is sent next; undefined if there is none. */
  get first(): unknown {
    return this.#items[this.#first];
  }

  /**
   * Adds an item. Returns false if it is left out: the stream goes on at a later one.
   *
   * @throws as `canSkipTo`.
   */
  add(item: unknown): boolean {
    if (this.#isDraining) {
      if (!this.#canSkipTo(item)) return false;
      this.#isDraining = false;
      this.#judged = this.#items.length + 1;
    }
    this.#items.push(item);
    return true;
  }

  /** The first item was sent. */
  shift(): void {
    this.#items[this.#first++] = undefined;
    // The list moves only when half of it was sent, so that each item costs a constant time.
    if (this.#first * 2 >= this.#items.length) this.#moveUp();
  }

  /**
   * The reader has come further: it goes on at the newest item that it may skip to. Returns the items
   * before that, which are left out. Without such an item all stay.
   *
   * @throws as `canSkipTo`.
   */
  collapse(): readonly unknown[] {
    const items = this.#items;
    const oldest = Math.max(this.#judged, this.#first);
    this.#judged = items.length;
    for (let at = items.length - 1; at >= oldest; at--) {
      if (!this.#canSkipTo(items[at])) continue;
      // The function may have ended the stream.
      return this.#items === items ? this.#removeBefore(at) : NONE;
    }
    return NONE;
  }

  /** Returns all items, which are left out. */
  clear(): readonly unknown[] {
    const items = this.#items.slice(this.#first);
    this.#items = [];
    this.#first = 0;
    this.#judged = 0;
    return items;
  }

  /** As `clear`; so are the next ones, up to one that the reader may skip to. */
  drain(): readonly unknown[] {
    this.#isDraining = true;
    return this.clear();
  }

  #removeBefore(place: number): readonly unknown[] {
    const removed = this.#items.slice(this.#first, place);
    this.#first = place;
    this.#moveUp();
    return removed;
  }

  #moveUp(): void {
    this.#items.splice(0, this.#first);
    this.#judged = Math.max(0, this.#judged - this.#first);
    this.#first = 0;
  }
}
