import type { Produced } from './produced.ts';

/**
 * Streams that we have offered in items of others. A reader that leaves a stream early says how many
 * items it has taken: those behind them, which are under way by then, offer streams that it will
 * never know of.
 */
export class NestedStreams {
  /** By the number of the stream that they were offered in. */
  readonly #byOuter = new Map<number, Set<Produced>>();

  /** One was offered in an item. */
  add(produced: Produced): void {
    if (produced.place === undefined) return;
    const { outer } = produced.place;
    const siblings = this.#byOuter.get(outer);
    if (siblings === undefined) this.#byOuter.set(outer, new Set([produced]));
    else siblings.add(produced);
  }

  /** It is over, or not offered after all. */
  remove(produced: Produced): void {
    if (produced.place === undefined) return;
    const { outer } = produced.place;
    const siblings = this.#byOuter.get(outer);
    if (siblings?.delete(produced) === true && siblings.size === 0) this.#byOuter.delete(outer);
  }

  /** Those in items of `outer` that its reader has left behind. */
  untaken(outer: number, takenItems: number): Produced[] {
    const siblings = [...(this.#byOuter.get(outer) ?? [])];
    return siblings.filter(({ place }) => place !== undefined && place.item >= takenItems);
  }
}
