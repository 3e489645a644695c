import { indexOf, type Item } from './items.ts';

/** What a reader has found. */
export interface Verdict {
  readonly items: number;
  /** Items that never came. */
  readonly lost: number;
  /** Items that came again. */
  readonly twice: number;
  /** Whether each item stood behind the one before it. */
  readonly isInOrder: boolean;
}

/** Judges the items of a stream while they are read. */
export class Judge {
  readonly #seen: Uint8Array;
  #items = 0;
  #distinct = 0;
  #isInOrder = true;

  /** @param count - the number of items that should come. */
  constructor(count: number) {
    this.#seen = new Uint8Array(count);
  }

  /** Items that have come so far. */
  get items(): number {
    return this.#items;
  }

  add(item: Item): void {
    const index = indexOf(item);
    if (index !== this.#items) this.#isInOrder = false;
    this.#items++;
    if (this.#seen[index] !== 0) return;
    this.#seen[index] = 1;
    this.#distinct++;
  }

  /** Adds all items of a stream, as they come. */
  async addAll(items: AsyncIterable<Item>): Promise<void> {
    for await (const item of items) this.add(item);
  }

  get verdict(): Verdict {
    return {
      items: this.#items,
      lost: this.#seen.length - this.#distinct,
      twice: this.#items - this.#distinct,
      isInOrder: this.#isInOrder,
    };
  }
}

/** Whether nothing is wrong. */
export function isRight({ lost, twice, isInOrder }: Verdict): boolean {
  return lost === 0 && twice === 0 && isInOrder;
}
