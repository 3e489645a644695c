import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';

/** So long a window may be full without an acknowledgement. */
const PATIENCE_MS = 30_000;

/** Notices once that a producer waits for a consumer that acknowledges nothing. */
export class AckWatch {
  readonly #alarm: Alarm;
  readonly #onSilent: () => void;
  #hasTold = false;

  /** @param onSilent - called at most once. */
  constructor(clock: Clock, onSilent: () => void) {
    this.#alarm = new Alarm(clock);
    this.#onSilent = onSilent;
  }

  /** The window is full, and there is a lane. */
  start(): void {
    if (this.#hasTold) return;
    this.#alarm.set(PATIENCE_MS, () => {
      this.#hasTold = true;
      this.#onSilent();
    });
  }

  /** There is room, or no lane. */
  clear(): void {
    this.#alarm.clear();
  }
}
