import type { Clock } from '../../base/clock.ts';
import { ContextualAbort } from '../../base/contextual-abort.ts';
import { MissingAuxiliaryError } from '../../errors/errors.ts';
import type { Peer } from '../../transport/transport.ts';
import type { Group } from '../limits/group.ts';

/** The connection of a call, as its handler sees it. */
export interface ContextOwner {
  readonly peer: Peer;
  readonly connectionId: bigint;
  readonly principal: unknown;
  readonly isolation: string | undefined;
  /** Data that handlers of this connection share. */
  readonly auxiliary: Map<string, unknown>;
  /** Closes the connection for this reason. */
  abort(cause: unknown): void;
}

/** The call that a context belongs to. */
export interface ContextCall {
  readonly owner: ContextOwner;
  readonly group: Group | undefined;
  /** Milliseconds that were left when the call was sent; undefined for no limit. */
  readonly timeoutMs: number | undefined;
  /** The time by `clock` at which the caller gives up; undefined for never. */
  readonly deadline: number | undefined;
  readonly clock: Clock;
  /** Set once the server has begun to close in order. */
  readonly drainCause: Error | undefined;
  /** The context that a service has made ahead of the handler, for those that watch the call. */
  readonly prepared?: object | undefined;
  /** Starts work that outlives the handler. */
  background(work: () => Promise<unknown>): void;
}

/**
 * The facts that a handler can learn about its call, and the things that it can do beside
 * answering.
 *
 * Source: Seastar's `rpc::client_info` and `opt_time_point`, which a handler may ask for.
 */
export class HandlerContext {
  readonly #call: ContextCall;
  #abort: ContextualAbort | undefined;
  #draining: ContextualAbort | undefined;
  /** Why the signal fires, or has fired. */
  #end: { readonly cause: unknown } | undefined;
  #isOver = false;

  /** @internal */
  constructor(call: ContextCall) {
    this.#call = call;
  }

  /** The caller's address and port at its last connection, and its identity if TLS has proved one. */
  get peer(): Peer {
    return this.#call.owner.peer;
  }

  /** The id of the caller's main connection; of the last one, while it is away. */
  get connectionId(): bigint {
    return this.#call.owner.connectionId;
  }

  /** The result of the server's `authenticate` hook for this caller; undefined without a hook. */
  get principal(): unknown {
    return this.#call.owner.principal;
  }

  /** The isolation cookie that the client has chosen, as text. It is a wish and proves nothing. */
  get isolation(): string | undefined {
    return this.#call.owner.isolation;
  }

  /** The group that the handler runs in; undefined for none. */
  get group(): Group | undefined {
    return this.#call.group;
  }

  /** Milliseconds until the caller gives up; below 0 after that, undefined for no limit. */
  get remainingMs(): number | undefined {
    const { deadline, clock } = this.#call;
    return deadline === undefined ? undefined : deadline - clock.now();
  }

  /** The time limit in milliseconds that the caller sent with the call; undefined for no limit. */
  get timeoutMs(): number | undefined {
    return this.#call.timeoutMs;
  }

  /**
   * Fires when the caller cancels, when its deadline passes, or when its connection is lost and it
   * can't come back to its session, or has not in time. If a
   * stream among the arguments fails for such a reason, it has fired before the read fails. It does
   * not fire because the handler has returned. The reason of a cancel is a CanceledError: its `cause`
   * is the caller's reason, and its `path` names the processes that the cancel has come through. Pass
   * the signal on to the calls that the handler makes.
   */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new ContextualAbort();
      if (this.#end !== undefined) this.#abort.abort(this.#end.cause);
    }
    return this.#abort.signal;
  }

  /**
   * Fires when the server begins to close in order, as long as the handler, its background work or a
   * stream of the result goes on. Work that never ends by itself, such as a stream of news, should
   * end then: after `graceMs` of `close` it is cut off. The reason is a ClosedError. `signal` does not
   * fire for a drain.
   */
  get draining(): AbortSignal {
    if (this.#draining === undefined) {
      this.#draining = new ContextualAbort();
      const { drainCause } = this.#call;
      if (drainCause !== undefined) this.#draining.abort(drainCause);
    }
    return this.#draining.signal;
  }

  /** Keeps data for later handlers of the same client, as long as its session lives. */
  attach(key: string, value: unknown): void {
    this.#call.owner.auxiliary.set(key, value);
  }

  /**
   * Data that an earlier handler has attached.
   *
   * @throws MissingAuxiliaryError if there is none; the connection is aborted then.
   */
  retrieve(key: string): unknown {
    const { auxiliary } = this.#call.owner;
    if (auxiliary.has(key)) return auxiliary.get(key);
    const error = new MissingAuxiliaryError(key);
    this.#call.owner.abort(error);
    throw error;
  }

  /** Data that an earlier handler has attached, or undefined. */
  retrieveOptional(key: string): unknown {
    return this.#call.owner.auxiliary.get(key);
  }

  /**
   * Starts work that goes on after the handler has returned, for example on its streams. The server
   * owns the work: `close` waits for it. A rejection is logged, and aborts the call's streams with
   * the error as their cause.
   */
  background(work: () => Promise<unknown>): void {
    this.#call.background(work);
  }

  /** @internal The context that a service has made for the call already; undefined for none. */
  get prepared(): object | undefined {
    return this.#call.prepared;
  }

  /** @internal Whether the caller is gone or has given up. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @internal Why the signal has fired; undefined before. */
  get endCause(): unknown {
    return this.#end?.cause;
  }

  /** @internal The caller is gone or has given up. */
  end(cause: unknown): void {
    this.#isOver = true;
    this.#fire(cause);
  }

  /** @internal A stream of the caller's is lost. The caller may still wait for the reply. */
  loseInput(cause: unknown): void {
    this.#fire(cause);
  }

  /** @internal The server has begun to close in order. */
  drain(cause: Error): void {
    this.#draining?.abort(cause);
  }

  #fire(cause: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { cause };
    this.#abort?.abort(cause);
  }
}
