/** A call that is found by its message id. */
interface TableCall {
  readonly messageId: number;
}

const MIN_PLACES = 64;

/** More places than these are given up when the last call has left. */
const MAX_IDLE_PLACES = 4_096;

/**
 * Calls under way, by message id. Ids rise by one, so the low bits of an id give each call a place
 * of its own, as long as there are enough places for the calls under way. A Map would be slower: its
 * keys would change all the time, so it would be rebuilt all the time, and each old table keeps the
 * next one from being collected early. Collecting that garbage took a third of a busy client's time
 * (`micro.call-table`).
 */
export class CallTable<C extends TableCall> {
  #places: (C | undefined)[] = places(MIN_PLACES);
  /** The few calls that take very long, so that a later call needed their place. */
  readonly #displaced = new Map<number, C>();
  #size = 0;

  /** Calls in the table. */
  get size(): number {
    return this.#size;
  }

  /** Enters a call. The table holds no other one with its id. */
  add(call: C): void {
    if (++this.#size * 2 > this.#places.length) this.#grow();
    this.#put(call);
  }

  /** The call with this id; undefined if it is not there. */
  get(messageId: number): C | undefined {
    const call = this.#places[messageId & (this.#places.length - 1)];
    if (call?.messageId === messageId) return call;
    return this.#displaced.size === 0 ? undefined : this.#displaced.get(messageId);
  }

  /** Takes the call out of the table; undefined if it is not there. */
  take(messageId: number): C | undefined {
    const place = messageId & (this.#places.length - 1);
    const call = this.#places[place];
    if (call?.messageId === messageId) {
      this.#places[place] = undefined;
      this.#leave();
      return call;
    }
    const displaced = this.#displaced.get(messageId);
    if (displaced === undefined) return undefined;
    this.#displaced.delete(messageId);
    this.#leave();
    return displaced;
  }

  /** All calls, by rising ids, as a copy. */
  all(): C[] {
    const calls = [...this.#displaced.values()];
    for (const call of this.#places) if (call !== undefined) calls.push(call);
    return calls.sort((one, other) => one.messageId - other.messageId);
  }

  /** Takes all calls, by rising ids: in the order in which they were sent. */
  takeAll(): C[] {
    const calls = this.all();
    this.#places = places(MIN_PLACES);
    this.#displaced.clear();
    this.#size = 0;
    return calls;
  }

  #leave(): void {
    if (--this.#size > 0 || this.#places.length <= MAX_IDLE_PLACES) return;
    this.#places = places(MIN_PLACES);
  }

  #put(call: C): void {
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
function places<C>(count: number): (C | undefined)[] {
  return Array.from({ length: count });
}
