/** Notices objects that nobody holds any more. */
export interface Collector<T extends object> {
  /** Tells of `token` when `target` is gone. `token` must not refer to `target`. */
  watch(target: object, token: T): void;
  /** Nobody is told of `token` any more. */
  unwatch(token: T): void;
}

/** Makes a collector that calls back with the token of each object that is gone. */
export type MakeCollector = <T extends object>(onGone: (token: T) => void) => Collector<T>;

/** Goes by the machine's garbage collector, which runs at times of its own choice. */
export const systemCollector: MakeCollector = <T extends object>(onGone: (token: T) => void) => {
  const registry = new FinalizationRegistry<T>(onGone);
  return {
    watch: (target: object, token: T) => registry.register(target, token, token),
    unwatch: (token: T) => void registry.unregister(token),
  };
};
