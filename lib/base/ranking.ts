/**
 * Items in an order that changes, of which the first is found at once. An item that moves costs as
 * many steps as the number of all items has binary digits: this is a binary heap that knows where each
 * item is.
 */
export class Ranking<T> {
  readonly #isAhead: (one: T, other: T) => boolean;
  readonly #items: T[] = [];
  readonly #places = new Map<T, number>();

  /** @param isAhead - whether one item comes before the other. */
  constructor(isAhead: (one: T, other: T) => boolean) {
    this.#isAhead = isAhead;
  }

  /** The first item; undefined if there is none. */
  get first(): T | undefined {
    return this.#items[0];
  }

  get size(): number {
    return this.#items.length;
  }

  /** Adds an item, or moves it after its order has changed. Not two of them at once. */
  place(item: T): void {
    const at = this.#places.get(item) ?? this.#items.length;
    this.#put(item, at);
    this.#sink(item, this.#rise(item, at));
  }

  /** Does nothing for an item that is not there. */
  remove(item: T): void {
    const at = this.#places.get(item);
    if (at === undefined) return;
    this.#places.delete(item);
    // There is one at least.
    const last = this.#items.pop()!;
    if (last === item) return;
    this.#put(last, at);
    this.place(last);
  }

  /** Moves an item ahead of those that come later. Returns its place. */
  #rise(item: T, from: number): number {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#items[parentAt]!;
      if (!this.#isAhead(item, parent)) break;
      this.#put(parent, at);
      this.#put(item, parentAt);
      at = parentAt;
    }
    return at;
  }

  /** Moves an item behind those that come sooner. */
  #sink(item: T, from: number): void {
    let at = from;
    for (;;) {
      const childAt = this.#soonerChild(at);
      const child = this.#items[childAt];
      if (child === undefined || !this.#isAhead(child, item)) return;
      this.#put(child, at);
      this.#put(item, childAt);
      at = childAt;
    }
  }

  #soonerChild(at: number): number {
    const left = 2 * at + 1;
    const right = left + 1;
    if (right >= this.#items.length) return left;
    return this.#isAhead(this.#items[right]!, this.#items[left]!) ? right : left;
  }

  #put(item: T, at: number): void {
    this.#items[at] = item;
    this.#places.set(item, at);
  }
}
