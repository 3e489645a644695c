import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';

/**
 * Fires when something should move and nothing has moved for a while, as on a half-open connection.
 */
export class StallGuard {
  readonly #alarm: Alarm;
  readonly #limitMs: number;
  readonly #onStall: () => void;

  constructor(clock: Clock, limitMs: number, onStall: () => void) {
    this.#alarm = new Alarm(clock);
    this.#limitMs = limitMs;
    this.#onStall = onStall;
  }

  /** Begins to wait, or begins anew because something has moved. */
  restart(): void {
    this.#alarm.set(this.#limitMs, this.#onStall);
  }

  /** Something has moved: begins anew if the guard was running. */
  touch(): void {
    if (this.#alarm.isSet) this.restart();
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#alarm.clear();
  }
}
