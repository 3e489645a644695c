import { performance } from 'node:perf_hooks';

/** What a process can wait for. */
export type Awaited = 'network' | 'disk';

/** Milliseconds that a process has waited, by what it waited for. */
export interface WaitTotals {
  readonly networkMs: number;
  readonly diskMs: number;
}

/** Measures what a loop waits for, one thing at a time. */
export class Waits {
  readonly #totals: Record<Awaited, number> = { network: 0, disk: 0 };
  #current: { readonly what: Awaited; readonly since: number } | undefined;

  /** What has been waited for until now, the wait under way included. */
  get totals(): WaitTotals {
    const { network, disk } = this.#totals;
    const now = this.#current;
    const ms = now === undefined ? 0 : performance.now() - now.since;
    return {
      networkMs: network + (now?.what === 'network' ? ms : 0),
      diskMs: disk + (now?.what === 'disk' ? ms : 0),
    };
  }

  /** Waits for a promise. */
  async for<T>(what: Awaited, promise: Promise<T>): Promise<T> {
    this.begin(what);
    try {
      return await promise;
    } finally {
      this.end();
    }
  }

  /** A wait begins that is no promise. */
  begin(what: Awaited): void {
    this.#current = { what, since: performance.now() };
  }

  /** The wait under way is over. */
  end(): void {
    if (this.#current === undefined) return;
    const { what, since } = this.#current;
    this.#totals[what] += performance.now() - since;
    this.#current = undefined;
  }
}
