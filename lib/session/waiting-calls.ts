import type { PendingCall } from '../call/client/pending-call.ts';

/**
 * The calls of one client that wait to be sent. Those that were sent before go first. They come back
 * one by one or all at once, from one connection or several: they go in the order in which they were
 * made.
 */
export class WaitingCalls {
  readonly #fresh = new Set<PendingCall>();
  readonly #repeated = new Set<PendingCall>();
  /** The last of those that are repeated, by its place among all calls. */
  #lastPlace = 0;

  get size(): number {
    return this.#repeated.size + this.#fresh.size;
  }

  /** Adds a call that was not sent yet. */
  add(pending: PendingCall): void {
    this.#fresh.add(pending);
  }

  /** Adds calls that were sent before. */
  addAgain(calls: readonly PendingCall[]): void {
    let isInOrder = true;
    for (const pending of calls) {
      if (pending.place < this.#lastPlace) isInOrder = false;
      else this.#lastPlace = pending.place;
      this.#repeated.add(pending);
    }
    if (isInOrder) return;
    const sorted = [...this.#repeated].sort((one, other) => one.place - other.place);
    this.#repeated.clear();
    for (const pending of sorted) this.#repeated.add(pending);
  }

  /** Takes a call out, if it is there. */
  delete(pending: PendingCall): void {
    if (!this.#repeated.delete(pending)) this.#fresh.delete(pending);
  }

  /** All of them, in the order in which they are to be sent. Calls may be taken out meanwhile. */
  *[Symbol.iterator](): Generator<PendingCall, void> {
    yield* this.#repeated;
    yield* this.#fresh;
  }

  /** Takes out all of them. */
  takeAll(): PendingCall[] {
    const calls = [...this];
    this.#repeated.clear();
    this.#fresh.clear();
    return calls;
  }
}
