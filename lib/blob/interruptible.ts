import type { Interruption } from './interruption.ts';

/**
 * The items of an iterable until the interruption comes. When it comes, and when the loop is left,
 * the iterable is left as well.
 */
export async function* interruptible<T>(
  source: AsyncIterable<T>,
  interruption: Interruption,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let isDone = false;
  let isPending = false;
  try {
    for (;;) {
      const result = await interruption.wait(() => {
        isPending = true;
        return iterator.next();
      });
      isPending = false;
      if (result.done === true) {
        isDone = true;
        return;
      }
      yield result.value;
    }
  } finally {
    if (!isDone) {
      const left = leave(source, iterator);
      if (!isPending) await left;
    }
  }
}

/**
 * Tells an iterable that no more is wanted of it, also while its next item is waited for: an
 * iterator's `return` alone would wait for that item. Never rejects.
 *
 * @param reason - for a stream of ours, which passes it on to its producer.
 */
export async function leave(
  source: object,
  iterator: AsyncIterator<unknown>,
  reason?: unknown,
): Promise<void> {
  try {
    // Without a reason: a Readable without a listener for errors would end the process with it.
    if (hasMethod(source, 'destroy')) source.destroy();
    else if ('~stream' in source && hasMethod(source, 'cancel')) source.cancel(reason);
    await iterator.return?.();
  } catch {
    // The caller gets the error that led here, not this one.
  }
}

function hasMethod<K extends string>(
  value: object,
  name: K,
): value is Record<K, (reason?: unknown) => unknown> {
  return typeof (value as Partial<Record<K, unknown>>)[name] === 'function';
}
