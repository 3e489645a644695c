import type { Dice } from './dice.ts';

/** A write that is under way. */
export interface Write {
  readonly key: string;
  /** Undefined takes the key away. */
  readonly bytes: Buffer | undefined;
}

/** The disk of a node. It outlives the processes of the node. It keeps writes in their order. */
export class Disk {
  readonly #dice: Dice;
  readonly #kept = new Map<string, Buffer>();
  #underWay: Write[] = [];

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** All that is kept. */
  get kept(): ReadonlyMap<string, Buffer> {
    return this.#kept;
  }

  begin(write: Write): void {
    this.#underWay.push(write);
  }

  /** The write is kept, and with it those that began before. */
  keep(write: Write): void {
    this.#keepFirst(this.#underWay.indexOf(write) + 1);
  }

  /** The node crashes: of the writes under way the first ones are kept, by chance. */
  crash(): void {
    this.#keepFirst(this.#dice.below(this.#underWay.length + 1));
    this.#underWay = [];
  }

  #keepFirst(count: number): void {
    for (const { key, bytes } of this.#underWay.splice(0, count)) {
      if (bytes === undefined) this.#kept.delete(key);
      else this.#kept.set(key, bytes);
    }
  }
}
