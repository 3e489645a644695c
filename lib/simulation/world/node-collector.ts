import type { Collector, MakeCollector } from '../../base/collector.ts';

/**
 * The collector of a simulated process. It collects an object when the program says so: the machine's
 * own runs at times that no seed can repeat.
 */
export class NodeCollector {
  readonly #watched = new Map<object, () => void>();

  /** To be given to clients and servers of the process. */
  readonly make: MakeCollector = <T extends object>(onGone: (token: T) => void): Collector<T> => {
    const targets = new Map<T, object>();
    return {
      watch: (target, token) => {
        targets.set(token, target);
        this.#watched.set(target, () => onGone(token));
      },
      unwatch: (token) => {
        const target = targets.get(token);
        if (target !== undefined) this.#watched.delete(target);
        targets.delete(token);
      },
    };
  };

  /** Objects that are watched. */
  get size(): number {
    return this.#watched.size;
  }

  /** Collects the object, as if nobody held it any more. Returns whether it was watched. */
  collect(target: object): boolean {
    const onGone = this.#watched.get(target);
    this.#watched.delete(target);
    onGone?.();
    return onGone !== undefined;
  }
}
