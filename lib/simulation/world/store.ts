import { deserialize, serialize } from 'node:v8';

import { TEXT } from '../../base/option-kinds.ts';
import { checkArgument } from '../../base/public-function.ts';
import type { Dice } from './dice.ts';
import type { Disk, Write } from './disk.ts';
import type { NodeLoop } from './node-loop.ts';

/** Milliseconds that a write takes, at most. */
const MAX_WRITE_MS = 4;

/** The parts of a store. */
interface StoreSetup {
  readonly disk: Disk;
  readonly loop: NodeLoop;
  readonly dice: Dice;
  /** Called with the key of each write that is kept. */
  readonly onKept: (key: string) => void;
}

/**
 * The disk of a node, as a process uses it. A write is kept for certain once its promise has resolved;
 * a crash before that keeps the whole of it or nothing. Writes are kept in their order.
 *
 * It holds whatever a structured clone can hold, as copies.
 */
export class NodeStore {
  readonly #parts: StoreSetup;

  /** @internal */
  constructor(parts: StoreSetup) {
    this.#parts = parts;
  }

  /** A copy of the value that is kept under the key; undefined for none. A write under way is not seen. */
  get(key: string): unknown {
    checkArgument('store.get', 'key', key, TEXT);
    this.#parts.loop.touch();
    const bytes = this.#parts.disk.kept.get(key);
    return bytes === undefined ? undefined : deserialize(bytes);
  }

  /** The keys of all values that are kept. */
  keys(): string[] {
    this.#parts.loop.touch();
    return [...this.#parts.disk.kept.keys()];
  }

  /**
   * Writes a value. Resolves when it is kept; never if the process crashes before.
   *
   * @throws MisuseError for a key that is no string, DataCloneError for a value that can't be copied.
   */
  put(key: string, value: unknown): Promise<void> {
    checkArgument('store.put', 'key', key, TEXT);
    return this.#write({ key, bytes: serialize(value) });
  }

  /** Takes a value away. Resolves when that is kept; never if the process crashes before. */
  delete(key: string): Promise<void> {
    checkArgument('store.delete', 'key', key, TEXT);
    return this.#write({ key, bytes: undefined });
  }

  #write(write: Write): Promise<void> {
    const { disk, loop, dice, onKept } = this.#parts;
    // Code of a process that has crashed may run on until it waits. Its writes must not reach the disk.
    if (loop.isDead) return new Promise(() => {});
    disk.begin(write);
    return new Promise((resolve) => {
      const onDone = (): void => {
        disk.keep(write);
        onKept(write.key);
        resolve();
      };
      loop.clock.setTimeout(onDone, dice.below(MAX_WRITE_MS + 1));
    });
  }
}
