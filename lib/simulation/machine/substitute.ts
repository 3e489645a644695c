import { currentMachine, type Machine } from './machine.ts';

/** A function of Node, whatever it takes. */
export type NodeFunction = (...args: unknown[]) => unknown;

/** Makes the substitute of a function of Node. */
export type MakeSubstitute = (original: NodeFunction) => NodeFunction;

/** The substitutes by their originals: worlds come by the thousand, and each puts all of them in place. */
const made = new WeakMap<object, NodeFunction>();
/** All substitutes. */
const substitutes = new WeakSet<object>();

/** Whether a world has put it in its place. */
export function isSubstitute(member: object): boolean {
  return substitutes.has(member);
}

/** Puts substitutes in the place of members of an object. Returns a function that puts these back. */
export function substitute(
  target: object,
  makers: Readonly<Record<string, MakeSubstitute>>,
): () => void {
  const restores = Object.entries(makers).map(([name, make]) => {
    const original: unknown = Reflect.get(target, name);
    if (typeof original !== 'function') return () => {};
    return replaceMember(target, name, substituteOf(original as NodeFunction, make));
  });
  return () => {
    for (const restore of restores) restore();
  };
}

function substituteOf(original: NodeFunction, make: MakeSubstitute): NodeFunction {
  const before = made.get(original);
  if (before !== undefined) return before;
  const substituted = likeOriginal(make(original), original);
  made.set(original, substituted);
  substitutes.add(substituted);
  return substituted;
}

/** Puts a value in the place of a member. Returns a function that puts the member back. */
export function replaceMember(target: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  const { enumerable = false } = before ?? {};
  const after = { value, enumerable, configurable: true, writable: true };
  // One that can't be replaced, as in a hardened process, stays as it is.
  if (!Reflect.defineProperty(target, name, after)) return () => {};
  return () => {
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, before);
  };
}

/** A substitute that acts in worlds; the original does outside of them. */
export function inWorlds(
  act: (machine: Machine, args: readonly unknown[], original: NodeFunction) => unknown,
): MakeSubstitute {
  return (original) =>
    function (this: unknown, ...args: unknown[]) {
      const machine = currentMachine();
      if (machine === undefined) return Reflect.apply(original, this, args);
      return act(machine, args, original);
    };
}

/** Members of the original that the substitute lacks, such as `process.hrtime.bigint`. */
function likeOriginal(substituted: NodeFunction, original: object): NodeFunction {
  const members = Object.getOwnPropertyDescriptors(original);
  for (const key of Reflect.ownKeys(members)) {
    if (Object.hasOwn(substituted, key) && key !== 'name') continue;
    Object.defineProperty(substituted, key, members[key as string] as PropertyDescriptor);
  }
  return substituted;
}
