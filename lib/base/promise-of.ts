import { isInstance } from '../errors/foreign.ts';

/**
 * The promise of a value that must be awaited; undefined for a value that is there already. `await`
 * tells them apart by their method `then`, and so does this: a promise may come from another realm or
 * from another library. `then` is read once. Never throws: where `then` can't be read, the promise
 * rejects.
 */
export function promiseOf<T>(value: T | PromiseLike<T>): Promise<T> | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null)
    return undefined;
  if (isInstance(value, Promise)) return settle(value as PromiseLike<T>);
  let then: unknown;
  try {
    then = (value as { readonly then?: unknown }).then;
  } catch (error) {
    return Promise.reject(error);
  }
  if (typeof then !== 'function') return undefined;
  // Its method is called later, as `await` does it.
  return Promise.resolve().then(
    () => new Promise<T>((resolve, reject) => void Reflect.apply(then, value, [resolve, reject])),
  );
}

/** A promise's own `constructor` and `then` may throw. */
function settle<T>(promise: PromiseLike<T>): Promise<T> {
  try {
    return Promise.resolve(promise);
  } catch (error) {
    return Promise.reject(error);
  }
}
