import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';

/** So much of a message has `arrivalTimeoutMs` each, so that large messages may take longer. */
const STEP_BYTES = 1_048_576;

/** Bounds the time that a request which has begun may take to come. */
export class ArrivalLimit {
  readonly #alarm: Alarm;
  readonly #limitMs: number;
  readonly #onLate: () => void;
  /** How much had come when the alarm was set. */
  #comeBytes = 0;

  /** @param limitMs - for each MiB; Infinity for no limit. */
  constructor(clock: Clock, limitMs: number, onLate: () => void) {
    this.#alarm = new Alarm(clock);
    this.#limitMs = limitMs;
    this.#onLate = onLate;
  }

  /** Bytes of a request are missing, and so many have come. */
  watch(comeBytes: number): void {
    if (this.#alarm.isSet && comeBytes - this.#comeBytes < STEP_BYTES) return;
    this.#comeBytes = comeBytes;
    if (this.#limitMs !== Infinity) this.#alarm.set(this.#limitMs, this.#onLate);
  }

  /** Nothing is missing, or nothing is read. */
  end(): void {
    if (this.#alarm.isSet) this.#alarm.clear();
  }
}
