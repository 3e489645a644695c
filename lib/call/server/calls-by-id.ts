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
  readonly #newest = new Map<number, C>();

  /** Adds a call that is not in the table. */
  add(call: C): void {
    call.twin = this.#newest.get(call.messageId);
    this.#newest.set(call.messageId, call);
  }

  /** Removes a call that is in the table. */
  remove(call: C): void {
    const { messageId, twin } = call;
    call.twin = undefined;
    let newer = this.#newest.get(messageId);
    if (newer !== call) {
      while (newer !== undefined && newer.twin !== call) newer = newer.twin;
      if (newer !== undefined) newer.twin = twin;
    } else if (twin === undefined) this.#newest.delete(messageId);
    else this.#newest.set(messageId, twin);
  }

  has(messageId: number): boolean {
    return this.#newest.has(messageId);
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
    return [...this.#newest.keys()].flatMap((messageId) => this.ofId(messageId));
  }
}
