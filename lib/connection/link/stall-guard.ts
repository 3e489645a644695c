import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';

/** Fires when nothing has moved for a while although something should: a half-open connection. */
export class StallGuard {
  readonly #alarm: Alarm;
  readonly #limitMs: number;
  readonly #onStall: () => void;

  constructor(clock: Clock, limitMs: number, onStall: () => void) {
    this.#alarm = new Alarm(clock);
    this.#limitMs = limitMs;
    this.#onStall = onStall;
  }

  /** Something is waited for from now on, or has just moved. */
  restart(): void {
    this.#alarm.set(this.#limitMs, this.#onStall);
  }

  /** Something has moved: starts anew if it was running. */
  touch(): void {
    if (this.#alarm.isSet) this.restart();
  }

  /** Nothing is waited for. */
  end(): void {
    this.#alarm.clear();
  }
}
