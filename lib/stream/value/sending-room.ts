import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import { AckWatch } from './ack-watch.ts';
import { RetainedMeter } from './retained-meter.ts';

/** Where the producer of a resumable stream waits while its window is full. */
export class SendingRoom {
  /** The reasons of its waits. */
  readonly meter: RetainedMeter;
  readonly #watch: AckWatch;
  /** Set while the producer waits. */
  #room: Deferred | undefined;

  /** @param onSilent - called once if nothing is acknowledged for long, while there is a lane. */
  constructor(clock: Clock, onSilent: () => void) {
    this.meter = new RetainedMeter(clock);
    this.#watch = new AckWatch(clock, onSilent);
  }

  get isAwaited(): boolean {
    return this.#room !== undefined;
  }

  /** Resolves when there is room; rejects when the stream is over. */
  wait(hasLane: boolean): Promise<void> {
    this.#room ??= new Deferred();
    if (hasLane) this.onLane();
    else this.meter.setWaiting('network');
    return this.#room.promise;
  }

  /** There is a lane, or the consumer has come further on it: only the consumer keeps the producer waiting. */
  onLane(): void {
    if (this.#room === undefined) return;
    this.meter.setWaiting('reader');
    this.#watch.start();
  }

  /** The lane is lost. */
  onParted(): void {
    this.#watch.clear();
    if (this.#room !== undefined) this.meter.setWaiting('network');
  }

  /** There is room again. */
  open(): void {
    this.#watch.clear();
    this.meter.setWaiting(undefined);
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** The stream is over. */
  end(error: Error | undefined): void {
    this.meter.end();
    this.#watch.clear();
    if (error !== undefined) this.#room?.reject(error);
  }
}
