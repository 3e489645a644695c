import { CallTable } from '../common/call-table.ts';

/** A call that can be found by its message id. */
export interface IdentifiedCall<C> {
  readonly messageId: number;
  /** An older call with the same id; set by the table. */
  twin: C | undefined;
}

/**
 * The calls of one connection by message id. Ids are unique, unless a compatibility option lets a
 * client repeat them. Calls with the same id form a linked list, so that a call with a unique id
 * needs no list.
 */
export class CallsById<C extends IdentifiedCall<C>> {
  readonly #newest = new CallTable<C>();

  get isEmpty(): boolean {
    return this.#newest.size === 0;
  }

  /** Adds a call that is not in the table. */
  add(call: C): void {
    call.twin = this.#newest.take(call.messageId);
    this.#newest.add(call);
  }

  /** Removes a call that is in the table. */
  remove(call: C): void {
    const { messageId, twin } = call;
    call.twin = undefined;
    let newer = this.#newest.get(messageId);
    if (newer === call) {
      this.#newest.take(messageId);
      if (twin !== undefined) this.#newest.add(twin);
      return;
    }
    while (newer !== undefined && newer.twin !== call) newer = newer.twin;
    if (newer !== undefined) newer.twin = twin;
  }

  has(messageId: number): boolean {
    return this.#newest.get(messageId) !== undefined;
  }

  /** The calls with an id, the newest first, as a copy. */
  ofId(messageId: number): C[] {
    const calls: C[] = [];
    for (let call = this.#newest.get(messageId); call !== undefined; call = call.twin) {
      calls.push(call);
    }
    return calls;
  }

  /** All calls, as a copy. */
  all(): C[] {
    return this.#newest.all().flatMap(({ messageId }) => this.ofId(messageId));
  }
}
