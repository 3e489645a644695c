import type { PendingCall } from '../client/pending-call.ts';

const MIN_PLACES = 64;

/**
 * The calls that wait for their replies, by message id. Ids rise by one, so the low bits of an id
 * give each call a place of its own, as long as there are enough places for the calls under way. A
 * Map would be slower: its keys would change all the time, so it would be rebuilt all the time.
 * Collecting that garbage took a third of a busy client's time (`micro.call-table`).
 */
export class CallTable {
  #places: (PendingCall | undefined)[] = places(MIN_PLACES);
  /** The few calls that take very long, so that a later call needed their place. */
  readonly #displaced = new Map<number, PendingCall>();
  #size = 0;

  /** Calls in the table. */
  get size(): number {
    return this.#size;
  }

  /** Enters a call that was just sent. */
  add(call: PendingCall): void {
    if (++this.#size * 2 > this.#places.length) this.#grow();
    this.#put(call);
  }

  /** Takes the call out of the table; undefined if it is not there. */
  take(messageId: number): PendingCall | undefined {
    const place = messageId & (this.#places.length - 1);
    const call = this.#places[place];
    if (call?.messageId === messageId) {
      this.#places[place] = undefined;
      this.#size--;
      return call;
    }
    const displaced = this.#displaced.get(messageId);
    if (displaced === undefined) return undefined;
    this.#displaced.delete(messageId);
    this.#size--;
    return displaced;
  }

  /** Takes all calls, in the order in which they were sent. */
  takeAll(): PendingCall[] {
    const calls = [...this.#displaced.values()];
    for (const call of this.#places) if (call !== undefined) calls.push(call);
    this.#places = places(MIN_PLACES);
    this.#displaced.clear();
    this.#size = 0;
    return calls.sort((one, other) => one.messageId - other.messageId);
  }

  #put(call: PendingCall): void {
    const place = call.messageId & (this.#places.length - 1);
    const before = this.#places[place];
    if (before !== undefined) this.#displaced.set(before.messageId, before);
    this.#places[place] = call;
  }

  #grow(): void {
    const before = this.#places;
    this.#places = places(before.length * 2);
    for (const call of before) if (call !== undefined) this.#put(call);
  }
}

/** @param count - a power of two. */
function places(count: number): (PendingCall | undefined)[] {
  return Array.from({ length: count });
}
