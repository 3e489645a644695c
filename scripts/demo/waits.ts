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

  /** Waits for a promise; undefined is nothing to wait for, as `sink.send` has it. */
  async for<T>(what: Awaited, promise: Promise<T> | undefined): Promise<T | undefined> {
    if (promise === undefined) return undefined;
    const since = performance.now();
    this.#current = { what, since };
    try {
      return await promise;
    } finally {
      this.#totals[what] += performance.now() - since;
      this.#current = undefined;
    }
  }
}
