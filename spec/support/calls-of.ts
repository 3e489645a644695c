import { syncBuiltinESMExports } from 'node:module';

/** Functions of an object: the default export of a module of Node, or a prototype. */
type Observed = readonly [owner: object, names: readonly string[]];

/**
 * The names of these functions as they are called while `work` runs, in order. How long something
 * takes can't be compared on a busy machine; the work behind it can.
 */
export async function callsOf(
  observed: readonly Observed[],
  work: () => Promise<unknown> | void,
): Promise<string[]> {
  const called: string[] = [];
  const restorers = observed.flatMap(([owner, names]) =>
    names.map((name) => observe(owner, name, () => called.push(name))),
  );
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    for (const restore of restorers) restore();
    syncBuiltinESMExports();
  }
  return called;
}

/** Replaces a function by one that tells of its calls. Returns the way back. */
function observe(owner: object, name: string, onCall: () => void): () => void {
  const original = Object.getOwnPropertyDescriptor(owner, name);
  if (typeof original?.value !== 'function') throw new Error(`there is no function ${name}`);
  const call = original.value as (...args: unknown[]) => unknown;
  const value = function (this: unknown, ...args: unknown[]): unknown {
    onCall();
    return Reflect.apply(call, this, args);
  };
  Object.defineProperty(owner, name, { ...original, value });
  return () => void Object.defineProperty(owner, name, original);
}
