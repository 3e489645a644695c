import { Deferred } from '../../base/deferred.ts';

/**
 * Lets a bounded number of handshakes run at a time; more wait for their turn. A server takes only so
 * many of one address at a time, and closes the others. A handshake waits for no reader, so each
 * turn comes.
 */
export class HandshakeTurns {
  readonly #max: number;
  readonly #waiting = new Set<Deferred>();
  #running = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * A handshake is to begin; `leave` must follow.
   *
   * @returns undefined if it may begin at once; otherwise a promise for its turn. If one of the signals
   *   fires before, the promise is rejected with the reason, and `leave` must not follow.
   */
  enter(signals: readonly AbortSignal[]): Promise<void> | undefined {
    if (this.#running >= this.#max) return this.#wait(signals);
    this.#running++;
    return undefined;
  }

  /** A handshake is over. */
  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running--;
      return;
    }
    this.#waiting.delete(next);
    next.resolve();
  }

  async #wait(signals: readonly AbortSignal[]): Promise<void> {
    const turn = new Deferred();
    this.#waiting.add(turn);
    const onAbort = (): void => {
      const fired = signals.find(({ aborted }) => aborted);
      if (this.#waiting.delete(turn)) turn.reject(fired?.reason);
    };
    for (const signal of signals) signal.addEventListener('abort', onAbort);
    if (signals.some(({ aborted }) => aborted)) onAbort();
    try {
      await turn.promise;
    } finally {
      for (const signal of signals) signal.removeEventListener('abort', onAbort);
    }
  }
}
