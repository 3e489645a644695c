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
  /** When the lease is over that the reader of an outer stream has asked for, by its number. */
  readonly #keptUntil = new Map<number, number>();

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
    if (!this.#byOuter.has(produced.place.outer)) this.#keptUntil.delete(produced.place.outer);
  }

  /** The reader of `outer` has items that it has yet to read. It takes one step for any number of streams. */
  keep(outer: number, untilMs: number): void {
    if (this.#byOuter.has(outer)) this.#keptUntil.set(outer, untilMs);
  }

  /** All those leases stood still for a while. */
  keepLonger(byMs: number): void {
    for (const [outer, untilMs] of this.#keptUntil) this.#keptUntil.set(outer, untilMs + byMs);
  }

  /** When that lease of a stream is over; 0 for none. */
  keptUntil({ place }: Produced): number {
    return place === undefined ? 0 : (this.#keptUntil.get(place.outer) ?? 0);
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
    this.#keptUntil.delete(outer);
    return siblings.filter(({ place }) => place !== undefined && place.item >= takenItems);
  }

  /** The streams in items of `outer` from this one on, which its reader will never know. */
  takeFrom(outer: number, item: number): Produced[] {
    const siblings = [...(this.#byOuter.get(outer) ?? [])];
    const lost = siblings.filter(({ place }) => place !== undefined && place.item >= item);
    for (const produced of lost) removeFrom(this.#byOuter, outer, produced);
    return lost;
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
