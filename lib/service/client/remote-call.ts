import { CallIterator } from './call-iterator.ts';
import type { RemoteMethod } from './remote-method.ts';

/**
 * What calling a method gives: a promise of its result that can be iterated over, as the stream that
 * the result then has to be. It is an ordinary promise with one property more, so that awaiting it
 * takes no longer than awaiting any other.
 */
export type RemoteCall = Promise<unknown> & AsyncIterable<unknown>;

/**
 * Makes the promise of a call's result iterable.
 *
 * @param onDemand - the first item is wanted; may be called more than once.
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
