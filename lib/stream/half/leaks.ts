import type { StatValues } from '../../diagnostics/stats.ts';
import type { LoggerSlot } from '../../diagnostics/logger.ts';

/** A half that can be ended when its facade is gone. */
export interface Leakable {
  /** Ends it, if it is not over. Returns whether that was necessary. */
  release(): boolean;
}

/** Where leaks are told of. */
export interface LeakReport {
  readonly log: LoggerSlot;
  /** The peer in the log line. */
  readonly who: string;
  readonly stats: Pick<StatValues, 'streamLeaked'>;
}

/**
 * Notices sinks and sources that were dropped without an end: their stream is aborted, logged and
 * counted. A destroyed sink that was not closed ends a Seastar process; here it ends one stream.
 */
export class Leaks {
  readonly #registry: FinalizationRegistry<Leakable>;

  constructor({ log, who, stats }: LeakReport) {
    this.#registry = new FinalizationRegistry((half) => {
      if (!half.release()) return;
      stats.streamLeaked++;
      log.write('error', who, 'a stream was dropped without an end; it is aborted');
    });
  }

  /** Ends `half` when `facade` is collected. `half` must not refer to `facade`. */
  watch(facade: object, half: Leakable): void {
    this.#registry.register(facade, half, half);
  }

  /**
   * `half` is over. It may refer to `facade` from now on, as the stack of an error does that `facade`
   * was ended with.
   */
  unwatch(half: Leakable): void {
    this.#registry.unregister(half);
  }
}
