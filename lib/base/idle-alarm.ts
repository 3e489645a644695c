import { Alarm } from './alarm.ts';
import type { Clock } from './clock.ts';

/** Says that something was not used for a while, at most twice as long after its last use. */
export class IdleAlarm {
  readonly #alarm: Alarm;
  readonly #idleMs: number;
  readonly #onIdle: () => boolean;
  #isUsed = false;

  /** @param onIdle - returns true to be called again after the same time. */
  constructor(clock: Pick<Clock, 'setTimeout'>, idleMs: number, onIdle: () => boolean) {
    this.#alarm = new Alarm(clock);
    this.#idleMs = idleMs;
    this.#onIdle = onIdle;
  }

  /** It is used. A timer is set only when there is none. */
  use(): void {
    this.#isUsed = true;
    if (!this.#alarm.isSet) this.#watch();
  }

  clear(): void {
    this.#alarm.clear();
  }

  #watch(): void {
    this.#isUsed = false;
    this.#alarm.set(this.#idleMs, () => {
      if (this.#isUsed || this.#onIdle()) this.#watch();
    });
  }
}
