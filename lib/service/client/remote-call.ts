import { CallIterator } from './call-iterator.ts';
import type { RemoteMethod } from './remote-method.ts';

/**
 * The result of calling a method: a promise of the method's result. It can also be iterated over;
 * the result must then be a stream. It is an ordinary promise with one more property, so that
 * awaiting it takes no longer than awaiting any other.
 */
export type RemoteCall = Promise<unknown> & AsyncIterable<unknown>;

/**
 * Makes the promise of a call's result iterable.
 *
 * @param onDemand - the first item is wanted. May be called more than once.
 */
export function toRemoteCall(
  promise: Promise<unknown>,
  method: RemoteMethod,
  onDemand: () => void,
): RemoteCall {
  const call = promise as Promise<unknown> & { [Symbol.asyncIterator]: () => CallIterator };
  call[Symbol.asyncIterator] = () => new CallIterator(promise, method, onDemand);
  return call;
}
