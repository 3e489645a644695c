/**
 * Names that mean something on every object, or that others look for to find out what an object is.
 * They are never methods of a service, at either end, so that `await`, `String` or `JSON.stringify`
 * make no calls, and nobody reaches what an exposed object merely inherits.
 */

/** `constructor`, `__proto__`, `toString` and all else that every object has. */
const EVERY_OBJECT: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  'toJSON',
]);

/** What every function has, so that a method can be handed to code that expects a function. */
const EVERY_FUNCTION: ReadonlySet<string> = new Set(['apply', 'bind', 'call']);

/** A member of an exposed object that is passed over: it is there for JavaScript's sake. */
export function isObjectName(name: string): boolean {
  return EVERY_OBJECT.has(name);
}

/**
 * A name that a client can't call at that place, though an object may well have it.
 *
 * @param isNested - whether it stands below another name, which at the client is a function.
 */
export function isUncallableName(name: string, isNested: boolean): boolean {
  return name === 'then' || (isNested && EVERY_FUNCTION.has(name));
}
