import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';

/** What a room knows of its owner. */
export interface RoomOwner {
  /** Whether so many more streams may be offered now. */
  hasRoom(streams: number): boolean;
  /** Whether another stream than those that wait is under way, which will make room when it is over. */
  canCome(waiting: number): boolean;
}

interface Waiting {
  /** It needs room for so many streams at least. */
  readonly streams: number;
  readonly room: Deferred;
}

/**
 * The wait of streams whose next item holds more streams than may be offered now. When any stream
 * is over, the first of them that may fit tries again, and then the next: if all tried at once, each
 * end would cost the work of all that wait. If nobody reads any stream, none is ever over: such a
 * wait fails.
 */
export class Room {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #owner: RoomOwner;
  readonly #alarm: Alarm;
  #waiting: Waiting[] = [];
  #isLooking = false;

  /** @param patienceMs - milliseconds after which a wait is checked. */
  constructor(clock: Clock, patienceMs: number, owner: RoomOwner) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#owner = owner;
    this.#alarm = new Alarm(clock);
  }

  /** The number of streams that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves when there may be room; rejects with that error when there will be none.
   *
   * @param streams - the number of streams that the item holds at least.
   */
  wait(streams: number, makeRefusal: () => Error): Promise<void> {
    const room = new Deferred();
    this.#waiting.push({ streams, room });
    if (!this.#alarm.isSet) this.#watch(makeRefusal);
    return room.promise;
  }

  /** A stream is over. */
  free(): void {
    if (this.#waiting.length > 0) this.#wake();
  }

  /** The stream that is woken may need no room any more: the next one is looked at later. */
  #wake(): void {
    const at = this.#waiting.findIndex(({ streams }) => this.#owner.hasRoom(streams));
    if (at < 0) return;
    const [woken] = this.#waiting.splice(at, 1);
    if (this.#waiting.length === 0) this.#alarm.clear();
    else this.#lookAgain();
    woken?.room.resolve();
  }

  #lookAgain(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#clock.yield(() => {
      this.#isLooking = false;
      this.#wake();
    });
  }

  #watch(makeRefusal: () => Error): void {
    this.#alarm.set(this.#patienceMs, () => {
      if (this.#owner.canCome(this.#waiting.length)) this.#watch(makeRefusal);
      else this.#refuseAll(makeRefusal());
    });
  }

  #refuseAll(refusal: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { room } of waiting) room.reject(refusal);
  }
}
