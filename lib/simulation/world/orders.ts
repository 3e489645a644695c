import type { Chooser } from './dice.ts';

/** An order in which things have happened: what was chosen wherever there was a choice, and of how many. */
export interface Order {
  readonly choices: readonly number[];
  readonly counts: readonly number[];
}

/** Makes the given choices, and then always takes the first. */
export class OrderChooser implements Chooser {
  readonly #given: readonly number[];
  readonly #choices: number[] = [];
  readonly #counts: number[] = [];
  #isFixed = false;

  constructor(given: readonly number[]) {
    this.#given = given;
  }

  /** The order so far. */
  get order(): Order {
    return { choices: this.#choices, counts: this.#counts };
  }

  /** From now on the first is taken, and no choice is counted. */
  fix(): void {
    this.#isFixed = true;
  }

  /** From now on choices are made and counted. */
  vary(): void {
    this.#isFixed = false;
  }

  /** @throws Error if the given choice is none of those that there are. */
  below(count: number): number {
    if (this.#isFixed) return 0;
    const place = this.#choices.length;
    const choice = this.#given[place] ?? 0;
    if (choice >= count) {
      throw new Error(`choice ${place} is ${choice} of ${count}: the program was another before`);
    }
    this.#choices.push(choice);
    this.#counts.push(count);
    return choice;
  }
}

/**
 * All orders that differ from a given one in further choices, by one more: in one of the choices
 * from `from` on, and in none after it.
 */
export function* ordersAfter({ choices, counts }: Order, from: number): Generator<number[]> {
  for (let place = from; place < counts.length; place++) {
    const count = counts[place] ?? 0;
    for (let choice = 1; choice < count; choice++) yield [...choices.slice(0, place), choice];
  }
}
