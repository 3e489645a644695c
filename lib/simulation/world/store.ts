import type { Dice } from './dice.ts';
import type { NodeLoop } from './node-clock.ts';

/** Milliseconds that a write takes, at most. */
const MAX_WRITE_MS = 4;

/**
 * The disk of a node. It outlives crashes of the node. A write is kept for certain once its promise has
 * resolved; a crash before that may keep it or lose it.
 */
export class NodeStore {
  readonly #dice: Dice;
  readonly #kept = new Map<string, unknown>();
  /** Writes that are under way, in order. */
  #pending: { readonly key: string; readonly value: unknown }[] = [];
  #loop: NodeLoop;

  constructor(loop: NodeLoop, dice: Dice) {
    this.#loop = loop;
    this.#dice = dice;
  }

  /** The value that was written last and is kept; undefined for none. */
  get(key: string): unknown {
    return this.#kept.get(key);
  }

  /** Writes a value, which must not change afterwards. Resolves when it is kept. */
  put(key: string, value: unknown): Promise<void> {
    const write = { key, value };
    this.#pending.push(write);
    return new Promise((resolve) => {
      const ms = this.#dice.below(MAX_WRITE_MS + 1);
      this.#loop.clock.setTimeout(() => {
        // A disk keeps writes in order: those before this one are kept as well.
        const count = this.#pending.indexOf(write) + 1;
        for (const { key, value } of this.#pending.splice(0, count)) this.#kept.set(key, value);
        resolve();
      }, ms);
    });
  }

  /** The node has crashed: of the writes under way the first ones are kept, by chance. */
  crash(): void {
    const count = this.#dice.below(this.#pending.length + 1);
    for (const { key, value } of this.#pending.slice(0, count)) this.#kept.set(key, value);
    this.#pending = [];
  }

  /** The node has started again, with another loop. */
  restart(loop: NodeLoop): void {
    this.#loop = loop;
  }
}
