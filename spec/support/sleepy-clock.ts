import { ManualClock } from '../../lib/simulation/manual-clock.ts';

/** A clock that can jump, as when the machine sleeps: no timer fires meanwhile. */
export class SleepyClock extends ManualClock {
  #sleptMs = 0;

  override now(): number {
    return super.now() + this.#sleptMs;
  }

  sleep(ms: number): void {
    this.#sleptMs += ms;
  }
}
