import type { Collector, MakeCollector } from '../../base/collector.ts';
import type { StatValues } from '../../diagnostics/stats.ts';
import type { LoggerSlot } from '../../diagnostics/logger.ts';

/** A half that can be ended when its facade was collected. */
export interface Leakable {
  /** Ends it if it is not over. Returns whether that was necessary. */
  release(): boolean;
}

/** The log and the counts for leaks. */
export interface LeakReport {
  readonly log: LoggerSlot;
  /** The name of the peer in the log line. */
  readonly who: string;
  readonly stats: Pick<StatValues, 'streamLeaked'>;
}

/**
 * Notices sinks and sources that were dropped without an end: their stream is aborted, logged and
 * counted. In Seastar a sink that is destroyed before it is closed ends the process; here it ends
 * one stream.
 */
export class Leaks {
  readonly #collector: Collector<Leakable>;

  constructor(makeCollector: MakeCollector, { log, who, stats }: LeakReport) {
    this.#collector = makeCollector<Leakable>((half) => {
      if (!half.release()) return;
      stats.streamLeaked++;
      log.write('error', who, 'a stream was dropped without an end; it is aborted');
    });
  }

  /** Ends `half` when `facade` is collected. `half` must not refer to `facade`. */
  watch(facade: object, half: Leakable): void {
    this.#collector.watch(facade, half);
  }

  /**
   * `half` is over. It may refer to `facade` from now on. For example, the stack of the error that
   * ended `facade` refers to it.
   */
  unwatch(half: Leakable): void {
    this.#collector.unwatch(half);
  }
}
