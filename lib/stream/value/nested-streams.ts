import type { Produced } from './produced.ts';

/**
 * Streams that we have offered in items of other streams. A reader that leaves a stream early says
 * how many items it has taken. Items behind these may be under way; the reader will never know the
 * streams in them.
 */
export class NestedStreams {
  /** By the number of the outer stream. */
  readonly #byOuter = new Map<number, Set<Produced>>();

  /** A stream was offered in an item. */
  add(produced: Produced): void {
    if (produced.place === undefined) return;
    const { outer } = produced.place;
    const siblings = this.#byOuter.get(outer);
    if (siblings === undefined) this.#byOuter.set(outer, new Set([produced]));
    else siblings.add(produced);
  }

  /** The stream is over, or is not offered after all. */
  remove(produced: Produced): void {
    if (produced.place === undefined) return;
    const { outer } = produced.place;
    const siblings = this.#byOuter.get(outer);
    if (siblings?.delete(produced) === true && siblings.size === 0) this.#byOuter.delete(outer);
  }

  /** Whether items of `outer` have offered streams that are not over. */
  has(outer: number): boolean {
    return this.#byOuter.has(outer);
  }

  /**
   * The streams in items of `outer` that its reader has left behind. A reader leaves once: those that
   * stay are not looked through again.
   */
  takeUntaken(outer: number, takenItems: number): Produced[] {
    const siblings = [...(this.#byOuter.get(outer) ?? [])];
    this.#byOuter.delete(outer);
    return siblings.filter(({ place }) => place !== undefined && place.item >= takenItems);
  }
}
