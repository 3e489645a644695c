import type { Produced } from './produced.ts';

/**
 * Streams that we have offered in items of other streams. A reader that leaves a stream early says
 * how many items it has taken. Items behind these may be under way; the reader will never know the
 * streams in them.
 */
export class NestedStreams {
  /** By the number of the outer stream. */
  readonly #byOuter = new Map<number, Set<Produced>>();
  /** By the number of the outermost stream, though streams between may be over. */
  readonly #byRoot = new Map<number, Set<Produced>>();

  /** A stream was offered in an item. */
  add(produced: Produced): void {
    if (produced.place === undefined) return;
    addTo(this.#byOuter, produced.place.outer, produced);
    addTo(this.#byRoot, produced.place.root, produced);
  }

  /** The stream is over, or is not offered after all. */
  remove(produced: Produced): void {
    if (produced.place === undefined) return;
    removeFrom(this.#byOuter, produced.place.outer, produced);
    removeFrom(this.#byRoot, produced.place.root, produced);
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

  /** The streams in items of `root`, in items of those, and so on. */
  takeRootedIn(root: number): Produced[] {
    const nested = [...(this.#byRoot.get(root) ?? [])];
    this.#byRoot.delete(root);
    return nested;
  }
}

type Sets = Map<number, Set<Produced>>;

function addTo(sets: Sets, number: number, produced: Produced): void {
  const set = sets.get(number);
  if (set === undefined) sets.set(number, new Set([produced]));
  else set.add(produced);
}

function removeFrom(sets: Sets, number: number, produced: Produced): void {
  const set = sets.get(number);
  if (set?.delete(produced) === true && set.size === 0) sets.delete(number);
}
