import type { Clock } from '../../base/clock.ts';
import { MissingAuxiliaryError } from '../../errors/errors.ts';
import type { Peer } from '../../transport/transport.ts';
import type { Group } from '../limits/group.ts';

/** The connection that carries a call, as far as its handler sees it. */
export interface ContextOwner {
  readonly peer: Peer;
  readonly connectionId: bigint;
  readonly principal: unknown;
  readonly isolation: string | undefined;
  /** Data that handlers of this connection share. */
  readonly auxiliary: Map<string, unknown>;
  /** Closes the connection because of `cause`. */
  abort(cause: unknown): void;
}

/** The call that a context tells about. */
export interface ContextCall {
  readonly owner: ContextOwner;
  readonly group: Group | undefined;
  /** Milliseconds that were left when the call came; undefined for no limit. */
  readonly timeoutMs: number | undefined;
  /** When the caller has given up, by `clock`; undefined for never. */
  readonly deadline: number | undefined;
  readonly clock: Clock;
  /** Starts work that outlives the handler. */
  background(work: () => Promise<unknown>): void;
}

/**
 * All that a handler can learn of its call, and can do beside answering it.
 *
 * Source: Seastar's `rpc::client_info` and `opt_time_point`, which a handler may ask for.
 */
export class HandlerContext {
  readonly #call: ContextCall;
  #abort: AbortController | undefined;
  #end: { readonly cause: unknown } | undefined;

  /** @internal */
  constructor(call: ContextCall) {
    this.#call = call;
  }

  /** The caller: its address and port, and its identity where TLS has proved one. */
  get peer(): Peer {
    return this.#call.owner.peer;
  }

  /** The id of the main connection that carries the call. */
  get connectionId(): bigint {
    return this.#call.owner.connectionId;
  }

  /** The result of the server's `authenticate` hook for this caller; undefined without one. */
  get principal(): unknown {
    return this.#call.owner.principal;
  }

  /** The isolation cookie that the client chose, as text. It is a request, not a proof. */
  get isolation(): string | undefined {
    return this.#call.owner.isolation;
  }

  /** The group that the handler runs in, if any. */
  get group(): Group | undefined {
    return this.#call.group;
  }

  /** Milliseconds until the caller gives up, below 0 when it has; undefined for no limit. */
  get remainingMs(): number | undefined {
    const { deadline, clock } = this.#call;
    return deadline === undefined ? undefined : deadline - clock.now();
  }

  /** Milliseconds that the caller gave when the call was sent; undefined for no limit. */
  get timeoutMs(): number | undefined {
    return this.#call.timeoutMs;
  }

  /**
   * Fires when the caller cancels, its deadline passes, or its connection is lost, never because the
   * handler returned. The reason of a cancel is a CanceledError: its `cause` is the caller's own
   * reason, and its `path` names the processes that it has come through. Pass the signal on to the
   * calls that the handler makes.
   */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#end !== undefined) this.#abort.abort(this.#end.cause);
    }
    return this.#abort.signal;
  }

  /** Keeps data for later handlers of the same connection. */
  attach(key: string, value: unknown): void {
    this.#call.owner.auxiliary.set(key, value);
  }

  /** Data that an earlier handler attached. @throws MissingAuxiliaryError, and aborts the connection, if there is none. */
  retrieve(key: string): unknown {
    const { auxiliary } = this.#call.owner;
    if (auxiliary.has(key)) return auxiliary.get(key);
    const error = new MissingAuxiliaryError(key);
    this.#call.owner.abort(error);
    throw error;
  }

  /** Data that an earlier handler attached, or undefined. */
  retrieveOptional(key: string): unknown {
    return this.#call.owner.auxiliary.get(key);
  }

  /**
   * Starts work that goes on when the handler has returned, for example on its streams. The server
   * owns it: `close` waits for it, and a rejection is logged and aborts the call's streams with it as
   * their cause.
   */
  background(work: () => Promise<unknown>): void {
    this.#call.background(work);
  }

  /** @internal Whether the caller is gone or has given up. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** @internal The caller is gone or has given up. */
  end(cause: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { cause };
    this.#abort?.abort(cause);
  }
}
