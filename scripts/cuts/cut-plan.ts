import type { Dice } from '../../lib/simulation.ts';

/** Beyond this part of the work no cut is due, so that bytes are left to be cut. */
const LAST_DUE = 0.6;

/** The most bytes between the moment when a cut is due and the cut. */
const MAX_BYTES_AHEAD = 40_000;

/** As above, for cuts that are to come soon: while a connection is made, or a stream goes on. */
const MAX_BYTES_SOON = 1_500;

/** A cut comes within so large a part of the bytes that there are for each. */
const PART_AHEAD = 0.2;

/** The most bytes that the oldest connection carries before it is cut, so that frames are cut in two. */
const MAX_BYTES_OF_OLDEST = 60;

/** What cuts are wanted. */
export interface Cuts {
  /** How many. */
  readonly count: number;
  /** Bytes of the whole work, about. */
  readonly bytes: number;
  /** The part of the work that is done, from 0 to 1. */
  readonly progress: () => number;
}

/**
 * Says when a proxy cuts. Cuts are due at random places of the work, and come some random bytes
 * later. Some are due together, so that connections are cut that have hardly begun. Between two places
 * the work goes on undisturbed, however slow the machine is.
 */
export class CutPlan {
  readonly #dice: Dice;
  readonly #progress: () => number;
  readonly #maxBytesAhead: number;
  /** When cuts are due: parts of the work, in their order. */
  readonly #places: readonly number[];

  constructor(dice: Dice, { count, bytes, progress }: Cuts) {
    this.#dice = dice;
    this.#progress = progress;
    const share = Math.ceil((bytes / Math.max(1, count)) * PART_AHEAD);
    this.#maxBytesAhead = Math.min(MAX_BYTES_AHEAD, share);
    const places: number[] = [];
    while (places.length < count) {
      const place = (dice.between(1, 1_000_000) / 1_000_000) * LAST_DUE;
      const together = dice.chance(0.3) ? dice.between(2, 3) : 1;
      for (let i = 0; i < together && places.length < count; i++) places.push(place);
    }
    this.#places = places.sort((a, b) => a - b);
  }

  /** Whether there were enough. */
  isDone(cuts: number): boolean {
    return cuts >= this.#places.length;
  }

  /** Bytes from here to the next cut, at least 1; undefined while none is due. */
  bytesUntilNext(cuts: number): number | undefined {
    const progress = this.#progress();
    if (!this.#isDue(cuts, progress)) return undefined;
    const isSoon = this.#isDue(cuts + 1, progress) || this.#dice.chance(0.5);
    return this.#dice.between(1, isSoon ? MAX_BYTES_SOON : this.#maxBytesAhead);
  }

  #isDue(index: number, progress: number): boolean {
    const place = this.#places[index];
    return place !== undefined && place <= progress;
  }

  /** Whether the next cut is one of the oldest connection. */
  isOldestMeant(): boolean {
    return this.#dice.chance(0.5);
  }

  /** Bytes that the oldest connection still carries before it is cut. */
  bytesOfOldest(): number {
    // It may carry nothing for long.
    return this.#dice.chance(0.5) ? 0 : this.#dice.between(1, MAX_BYTES_OF_OLDEST);
  }
}
