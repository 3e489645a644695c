import { RpcError } from '../../lib/index.ts';

type ErrorClass<E> = abstract new (...args: never[]) => E;

/** What a promise rejects with, which must be of the class; fails if it does not reject. */
export function rejectionOf(promise: PromiseLike<unknown>): Promise<RpcError>;
export function rejectionOf<E>(promise: PromiseLike<unknown>, kind: ErrorClass<E>): Promise<E>;
export async function rejectionOf(
  promise: PromiseLike<unknown>,
  kind: ErrorClass<unknown> = RpcError,
): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (error instanceof kind) return error;
    throw new Error(`expected a ${kind.name}, got ${String(error)}`, { cause: error });
  }
  throw new Error(`expected a rejection, got ${String(value)}`);
}

/** The error that a function throws; undefined if it does not. */
export function thrownBy(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** How a promise ends, whichever way. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Follows a promise; the outcome is undefined while there is none. */
export function follow(promise: PromiseLike<unknown>): { outcome: Outcome | undefined } {
  const followed: { outcome: Outcome | undefined } = { outcome: undefined };
  promise.then(
    (value) => void (followed.outcome = { value }),
    (error: unknown) => void (followed.outcome = { error }),
  );
  return followed;
}
