import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';

/**
 * Where streams wait whose next item holds more streams than may be offered. They all try again when
 * one is over. Where nobody reads any, that would be never: such a wait fails.
 */
export class Room {
  readonly #patienceMs: number;
  readonly #canCome: (waiting: number) => boolean;
  readonly #alarm: Alarm;
  #room: Deferred | undefined;
  #waiting = 0;

  /**
   * @param patienceMs - milliseconds until a wait is looked at.
   * @param canCome - whether something else is under way, which will make room when it is over.
   */
  constructor(clock: Clock, patienceMs: number, canCome: (waiting: number) => boolean) {
    this.#patienceMs = patienceMs;
    this.#canCome = canCome;
    this.#alarm = new Alarm(clock);
  }

  /** Streams that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves when there may be room; rejects with `refusal` when there will be none. */
  wait(refusal: Error): Promise<void> {
    this.#waiting++;
    this.#room ??= new Deferred();
    if (!this.#alarm.isSet) this.#watch(refusal);
    return this.#room.promise;
  }

  /** Something is over. */
  free(): void {
    const room = this.#end();
    room?.resolve();
  }

  #watch(refusal: Error): void {
    this.#alarm.set(this.#patienceMs, () => {
      if (this.#canCome(this.#waiting)) this.#watch(refusal);
      else this.#end()?.reject(refusal);
    });
  }

  #end(): Deferred | undefined {
    const room = this.#room;
    this.#room = undefined;
    this.#waiting = 0;
    this.#alarm.clear();
    return room;
  }
}
