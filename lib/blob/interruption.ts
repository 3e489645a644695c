import type { Clock } from '../base/clock.ts';
import { overBefore, WaitGuard, type WaitBounds, type WaitSubject } from '../base/waiting.ts';

const THE_TRANSFER: WaitSubject = { what: 'the transfer', scope: 'stream' };

/**
 * Ends the wait of a transfer when its signal fires, when its time is over, or when one end fails
 * while the other is waited for. The first reason wins.
 *
 * There is one wait at a time. An operation that was waited for goes on, and its outcome is
 * ignored. (A `Promise.race` would leave a reaction behind for every chunk.)
 */
export class Interruption {
  readonly #guard: WaitGuard;
  #reason: { readonly error: unknown } | undefined;
  #giveUp: ((error: unknown) => void) | undefined;

  constructor(clock: Clock, bounds: WaitBounds) {
    const over = overBefore(bounds, THE_TRANSFER);
    if (over !== undefined) this.interrupt(over);
    this.#guard = new WaitGuard(clock, bounds, THE_TRANSFER, (error) => this.interrupt(error));
  }

  /** Ends the present wait and all later ones with this error. */
  interrupt(error: unknown): void {
    this.#reason ??= { error };
    this.#giveUp?.(error);
  }

  /** @throws the reason, once there is one. */
  check(): void {
    if (this.#reason !== undefined) throw this.#reason.error;
  }

  /**
   * The result of the operation, or a rejection with the reason. Once there is a reason, no
   * operation is started.
   */
  wait<T>(operation: () => PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.check();
      this.#giveUp = reject;
      operation().then(resolve, reject);
    });
  }

  /** The transfer is over. Stops listening to the signal and clears the timer. */
  end(): void {
    this.#guard.end();
  }
}
