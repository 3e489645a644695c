/** A call that can be found by its message id. */
export interface IdentifiedCall<C> {
  readonly messageId: number;
  /** An older call of the same id; the table sets it. */
  twin: C | undefined;
}

/**
 * The calls of one connection by message id. Ids are unique unless compatibility lets a client repeat
 * them. Calls of one id form a list, so that the usual case needs no list of its own.
 */
export class CallsById<C extends IdentifiedCall<C>> {
  readonly #newest = new Map<number, C>();

  /** Adds a call that is not in the table. */
  add(call: C): void {
    call.twin = this.#newest.get(call.messageId);
    this.#newest.set(call.messageId, call);
  }

  /** Takes a call out that is in the table. */
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

  /** The calls of an id, the newest first, as a copy. */
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
