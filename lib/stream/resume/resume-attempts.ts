import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';
import { retryDelayMs } from './retry-delay.ts';

/** The longest delay, while no attempt brings an item. */
const MAX_RETRY_MS = 10_000;

/** The attempts to go on with one stream on another connection. Each waits longer while none brings anything. */
export class ResumeAttempts {
  readonly #alarm: Alarm;
  #count = 0;
  /** Attempts since the last item. */
  #vain = 0;
  #lastProgress = -1;

  constructor(clock: Clock) {
    this.#alarm = new Alarm(clock);
  }

  /** The number of the last attempt, which counts from 1. */
  get count(): number {
    return this.#count;
  }

  /** @param progress - how far the stream has come. More than at the last attempt means that it was of use. */
  async wait(progress: number): Promise<void> {
    if (progress === this.#lastProgress) this.#vain++;
    else this.#vain = 0;
    this.#lastProgress = progress;
    const delayMs = retryDelayMs(this.#vain, MAX_RETRY_MS);
    if (delayMs === 0) return;
    await new Promise<void>((resolve) => this.#alarm.set(delayMs, resolve));
  }

  /** Begins another attempt. Returns its number. */
  begin(): number {
    return ++this.#count;
  }

  /** There will be no other attempt: one that waits does so for ever. */
  end(): void {
    this.#alarm.clear();
  }
}
