import { CanceledError, type ErrorScope, TimeoutError } from '../errors.ts';
import type { Clock, Timer } from './clock.ts';

/** The two ways to give up waiting. */
export interface WaitBounds {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/**
 * Watches a signal and a time limit on behalf of one wait. `onGiveUp` is called at most once, with a
 * CanceledError or a TimeoutError, and never after `stop`.
 */
export class WaitGuard {
  #signal: AbortSignal | undefined;
  #timer: Timer | undefined;
  #onAbort: (() => void) | undefined;

  /** @param what - the beginning of the timeout's message, for example `the read`. */
  constructor(
    clock: Clock,
    bounds: WaitBounds,
    about: { readonly what: string; readonly scope: ErrorScope },
    onGiveUp: (error: Error) => void,
  ) {
    const { signal, timeoutMs } = bounds;
    if (signal !== undefined) {
      this.#signal = signal;
      this.#onAbort = () => {
        this.stop();
        onGiveUp(new CanceledError(about.scope, signal.reason));
      };
      signal.addEventListener('abort', this.#onAbort);
    }
    if (timeoutMs !== undefined && timeoutMs > 0 && timeoutMs !== Infinity) {
      this.#timer = clock.setTimeout(() => {
        this.stop();
        onGiveUp(new TimeoutError(about.what, timeoutMs, about.scope));
      }, timeoutMs);
    }
  }

  /** The wait is over. */
  stop(): void {
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#onAbort = undefined;
    this.#timer?.cancel();
  }
}

/** The promise, or a rejection when the bounds say so first. The promise itself goes on. */
export function waitFor<T>(
  promise: Promise<T>,
  clock: Clock,
  bounds: WaitBounds | undefined,
  about: { readonly what: string; readonly scope: ErrorScope },
): Promise<T> {
  const signal = bounds?.signal;
  if (bounds === undefined || (signal === undefined && bounds.timeoutMs === undefined))
    return promise;
  if (signal?.aborted === true) {
    promise.catch(() => {});
    return Promise.reject(new CanceledError(about.scope, signal.reason));
  }
  return new Promise((resolve, reject) => {
    const guard = new WaitGuard(clock, bounds, about, reject);
    promise.then(
      (value) => {
        guard.stop();
        resolve(value);
      },
      (error: unknown) => {
        guard.stop();
        reject(error);
      },
    );
  });
}
