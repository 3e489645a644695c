import type { Clock, Timer } from '../base/clock.ts';

/** Fires when nothing has moved for a while although something should: a half-open connection. */
export class StallGuard {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onStall: () => void;
  #timer: Timer | undefined;

  /** @param limitMs - 0 never fires. */
  constructor(clock: Clock, limitMs: number, onStall: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onStall = onStall;
  }

  /** Something is waited for from now on, or has just moved. */
  restart(): void {
    this.stop();
    if (this.#limitMs > 0) this.#timer = this.#clock.setTimeout(this.#onStall, this.#limitMs);
  }

  /** Something has moved: starts anew if it was running. */
  touch(): void {
    if (this.#timer !== undefined) this.restart();
  }

  /** Nothing is waited for. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
