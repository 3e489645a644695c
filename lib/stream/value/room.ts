import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';

/**
 * The wait of a stream whose next item holds more streams than may be offered now. When any stream
 * is over, all that wait try again. If nobody reads any stream, none is ever over: such a wait
 * fails.
 */
export class Room {
  readonly #patienceMs: number;
  readonly #canCome: (waiting: number) => boolean;
  readonly #alarm: Alarm;
  #room: Deferred | undefined;
  #waiting = 0;

  /**
   * @param patienceMs - milliseconds after which a wait is checked.
   * @param canCome - whether another stream is under way, which will make room when it is over.
   */
  constructor(clock: Clock, patienceMs: number, canCome: (waiting: number) => boolean) {
    this.#patienceMs = patienceMs;
    this.#canCome = canCome;
    this.#alarm = new Alarm(clock);
  }

  /** The number of streams that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves when there may be room; rejects with that error when there will be none. */
  wait(makeRefusal: () => Error): Promise<void> {
    this.#waiting++;
    this.#room ??= new Deferred();
    if (!this.#alarm.isSet) this.#watch(makeRefusal);
    return this.#room.promise;
  }

  /** A stream is over. */
  free(): void {
    const room = this.#end();
    room?.resolve();
  }

  #watch(makeRefusal: () => Error): void {
    this.#alarm.set(this.#patienceMs, () => {
      if (this.#canCome(this.#waiting)) this.#watch(makeRefusal);
      else this.#end()?.reject(makeRefusal());
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
