import type { CallContext } from '../context/call-context.ts';

/** A service call as interceptors see it, at either end. */
export interface ServiceCall {
  /** The service's name. */
  readonly service: string;
  /** The method's path within the service, for example `admin.compact`. */
  readonly method: string;
  /** Its arguments; may be replaced before `next`. */
  args: unknown[];
  /**
   * At a client: the metadata to send, which may be added to before `next`. At a server: a copy of
   * the received metadata.
   */
  readonly metadata: Record<string, string | Uint8Array>;
  /**
   * A map that interceptors can use freely. At a server the method has it too, as
   * `callContext().shared`.
   */
  readonly shared: Map<unknown, unknown>;
}

/** A service call as a server's interceptors see it. */
export interface ServedCall extends ServiceCall {
  /** The object that the method gets from `callContext()`. */
  readonly context: CallContext;
}

/**
 * Runs around calls. It calls `next`, which runs the next interceptor and finally makes the call or
 * runs the method. It returns that result, or another one instead; a stream may be replaced by any
 * async iterable. It may call `next` again to repeat the call, or not at all. A throw or rejection
 * is the call's failure.
 *
 * It wraps the call, not the items of its streams. An interceptor for {@link ServiceCall} works at
 * either end.
 *
 * Source: kkrpc's interceptors, Kitex's middleware.
 */
export type Interceptor<C extends ServiceCall = ServiceCall> = (
  call: C,
  next: () => Promise<unknown>,
) => unknown;

/** Runs `last` inside the interceptors, the first of which is the outermost. Never throws. */
export async function intercept<C extends ServiceCall>(
  interceptors: readonly Interceptor<C>[],
  call: C,
  last: () => unknown,
): Promise<unknown> {
  const [first, ...rest] = interceptors;
  return first === undefined ? last() : first(call, () => intercept(rest, call, last));
}
