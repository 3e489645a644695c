import { isAsyncIterable } from '../context/is-async-iterable.ts';

/** Whether there is a stream anywhere in a value. Cycles do no harm. */
export function holdsStream(value: unknown): boolean {
  const seen = new Set<object>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null || ArrayBuffer.isView(next)) continue;
    if (isAsyncIterable(next)) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    const parts: Iterable<unknown> = next instanceof Map ? next.values() : Object.values(next);
    for (const part of parts) waiting.push(part);
  }
  return false;
}
