import type { Clock } from '../base/clock.ts';
import { RateWindow } from '../base/rate-window.ts';

/** Warnings about one address in a second, on the average of ten seconds. */
const MAX_WARNINGS_PER_SECOND = 5;

/** Addresses that are counted one by one at a time. All others share one count. */
const MAX_ADDRESSES = 1_024;

const OTHERS = 'other peers';

/** A port, behind the address of a peer, and a call behind that. */
const PORT_AND_CALL = /:\d+(?: msg_id \d+)?$/;

interface Count {
  readonly window: RateWindow;
  leftOut: number;
}

/**
 * Bounds the warnings about each address, because a peer can cause as many as it likes, each over a
 * connection of its own. Counts those that are left out.
 */
export class WarningRate {
  readonly #clock: Clock;
  readonly #counts = new Map<string, Count>();
  #hasLeftOut = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts one warning about a peer or its call. Returns whether it may be written. */
  admit(about: string): boolean {
    const count = this.#countOf(about.replace(PORT_AND_CALL, ''));
    if (count.window.count()) return true;
    count.leftOut++;
    this.#hasLeftOut = true;
    return false;
  }

  /** Calls back with the number of warnings that were left out in windows that are over. */
  tellLeftOut(tell: (about: string, count: number) => void): void {
    if (!this.#hasLeftOut) return;
    this.#hasLeftOut = false;
    for (const [address, { window, leftOut }] of this.#counts) {
      if (leftOut === 0) continue;
      if (window.isOver) {
        this.#counts.delete(address);
        tell(address, leftOut);
      } else this.#hasLeftOut = true;
    }
  }

  #countOf(address: string): Count {
    const known = this.#counts.get(address);
    if (known !== undefined) return known;
    if (this.#counts.size >= MAX_ADDRESSES) this.#prune();
    const key = this.#counts.size < MAX_ADDRESSES ? address : OTHERS;
    const count = this.#counts.get(key) ?? {
      window: new RateWindow(this.#clock, MAX_WARNINGS_PER_SECOND),
      leftOut: 0,
    };
    this.#counts.set(key, count);
    return count;
  }

  #prune(): void {
    for (const [address, { window, leftOut }] of this.#counts) {
      if (leftOut === 0 && window.isOver) this.#counts.delete(address);
    }
  }
}
