import type { RunInContext } from '../../base/async-context.ts';
import type { HandlerContext } from '../../call/server/handler-context.ts';
import { MisuseError } from '../../errors/errors.ts';
import type { Metadata } from '../../types/value-stream.ts';
import type { Peer } from '../../transport/transport.ts';
import { MetadataBag, NO_METADATA } from './metadata.ts';

/** The facts about its method that a call's context needs. */
export interface CalledMethod {
  readonly service: string;
  readonly path: string;
  readonly maxMetadataBytes: number;
}

/**
 * The information of a service's method about the call that it serves, and its means to send more
 * than the result. A method gets it from `callContext()`.
 *
 * Headers and trailers are sent with the result. If the result is a stream, headers are sent ahead
 * of the first item and trailers behind the last. A call that fails sends neither.
 */
export class CallContext {
  readonly #method: CalledMethod;
  readonly #handler: HandlerContext;
  readonly #metadata: Metadata;
  #shared: Map<unknown, unknown> | undefined;
  #headers: MetadataBag | undefined;
  #trailers: MetadataBag | undefined;
  #areHeadersSent = false;
  #isAnswered = false;

  /**
   * @internal The async context that the method was called in, where interceptors or subscribers may
   * have changed it; undefined without any of them.
   */
  run: RunInContext | undefined;

  /** @internal */
  constructor(method: CalledMethod, handler: HandlerContext, metadata: Metadata = NO_METADATA) {
    this.#method = method;
    this.#handler = handler;
    this.#metadata = metadata;
  }

  /** The service's name. */
  get service(): string {
    return this.#method.service;
  }

  /** The method's path within the service, for example `admin.compact`. */
  get method(): string {
    return this.#method.path;
  }

  /** The caller's metadata, with lower-case names. */
  get metadata(): Metadata {
    return this.#metadata;
  }

  /**
   * Fires when the caller cancels, when its deadline passes, when its session is over, or when
   * it leaves the stream that is the result. Never fires because the method returned.
   */
  get signal(): AbortSignal {
    return this.#handler.signal;
  }

  /**
   * Fires when the server begins to close in order, as long as something of the call goes on: the
   * method, its background work, or a stream of the result. A stream that never ends by itself should
   * end then: after `graceMs` of `close` it is cut off. The reason is a ClosedError. `signal` does not
   * fire for a drain.
   */
  get draining(): AbortSignal {
    return this.#handler.draining;
  }

  /** Milliseconds until the call's deadline; below 0 when it has passed; undefined for no limit. */
  get remainingMs(): number | undefined {
    return this.#handler.remainingMs;
  }

  /** The caller: address, port and the identity that TLS proved. */
  get peer(): Peer {
    return this.#handler.peer;
  }

  /**
   * The principal that the server's `authenticate` hook returned for the caller; undefined without
   * a hook.
   */
  get principal(): unknown {
    return this.#handler.principal;
  }

  /** The id of the main connection that carries the call. */
  get connectionId(): bigint {
    return this.#handler.connectionId;
  }

  /** A map that interceptors and the method can use freely during this call. */
  get shared(): Map<unknown, unknown> {
    this.#shared ??= new Map();
    return this.#shared;
  }

  /**
   * Adds a header, or replaces the one of that name.
   *
   * @throws MisuseError when the headers were sent, or for a value that can't be metadata.
   */
  setHeader(name: string, value: string | Uint8Array): void {
    this.#assertHeadersUnsent();
    this.#headers ??= new MetadataBag(this.#method.maxMetadataBytes);
    this.#headers.set(name, value);
  }

  /**
   * Declares the headers complete. @throws MisuseError when they were sent.
   *
   * Source: Kitex's `SendHeader`.
   */
  sendHeaders(): void {
    this.#assertHeadersUnsent();
    this.#areHeadersSent = true;
  }

  /**
   * Adds a trailer, or replaces the one of that name.
   *
   * @throws MisuseError when the call is answered, or for a value that can't be metadata.
   */
  setTrailer(name: string, value: string | Uint8Array): void {
    if (this.#isAnswered) throw new MisuseError('the trailers were sent');
    this.#trailers ??= new MetadataBag(this.#method.maxMetadataBytes);
    this.#trailers.set(name, value);
  }

  /**
   * Starts work that goes on when the method has returned. The server owns the work: `close` waits
   * for it. A rejection is logged and aborts the streams among the call's arguments, as their
   * cause.
   */
  background(work: () => Promise<unknown>): void {
    this.#handler.background(work);
  }

  /** @internal The headers are sent now. */
  takeHeaders(): Metadata {
    this.#areHeadersSent = true;
    return this.#headers?.entries ?? NO_METADATA;
  }

  /** @internal The trailers are sent now. */
  takeTrailers(): Metadata {
    this.#isAnswered = true;
    return this.#trailers?.entries ?? NO_METADATA;
  }

  /** @internal Headers and trailers are sent now, with the result. */
  takeAll(): { readonly headers: Metadata; readonly trailers: Metadata } {
    return { headers: this.takeHeaders(), trailers: this.takeTrailers() };
  }

  #assertHeadersUnsent(): void {
    if (this.#areHeadersSent) throw new MisuseError('the headers were sent');
  }
}
