import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { ReconnectRules } from './reconnect-options.ts';

/** Beyond it a power of two is no number any more; every bound is reached long before. */
const MAX_EXPONENT = 64;

/**
 * The delays between the attempts to connect: random from 0 to a bound that doubles each time, so
 * that the clients of one server don't come back in the same moment. They begin anew after a
 * connection that has lived long enough. One that is lost at once must not make its client hurry.
 */
export class Backoff {
  readonly #rules: Pick<ReconnectRules, 'minDelayMs' | 'maxDelayMs' | 'stableAfterMs'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #random: Random;
  /** The delays since the last stable connection. */
  #count = 0;
  /** Undefined while there is no connection. */
  #connectedAt: number | undefined;

  constructor(
    rules: Pick<ReconnectRules, 'minDelayMs' | 'maxDelayMs' | 'stableAfterMs'>,
    clock: Pick<Clock, 'now'>,
    random: Random,
  ) {
    this.#rules = rules;
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether the next delay is the first one. */
  get isFresh(): boolean {
    return this.#count === 0;
  }

  /** An attempt has succeeded. */
  onConnected(): void {
    this.#connectedAt = this.#clock.now();
  }

  /** The connection is lost. */
  onLost(): void {
    const connectedAt = this.#connectedAt;
    this.#connectedAt = undefined;
    if (connectedAt === undefined) return;
    if (this.#clock.now() - connectedAt >= this.#rules.stableAfterMs) this.reset();
  }

  /** The connection has proved its worth: the delays begin anew. */
  reset(): void {
    this.#count = 0;
  }

  /**
   * Milliseconds to wait before the next attempt.
   *
   * @param atLeastMs - to be waited before. Default: 0.
   */
  nextDelayMs(atLeastMs = 0): number {
    const { minDelayMs, maxDelayMs } = this.#rules;
    const bound = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(this.#count++, MAX_EXPONENT));
    return atLeastMs + (this.#random.bytes(4).readUInt32LE(0) / 2 ** 32) * bound;
  }

  /** The next attempt is made at once. It counts as a delay, so that the one after it has to wait. */
  skipDelay(): void {
    this.#count++;
  }
}
