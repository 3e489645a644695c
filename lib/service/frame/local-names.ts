/**
 * Names that have a meaning on every object, or that code looks for to find out the kind of an
 * object. They are never methods of a service, at either end. So `await`, `String` or
 * `JSON.stringify` make no calls, and no client reaches members that an exposed object merely
 * inherits.
 */

/** `constructor`, `__proto__`, `toString` and all other names that every object has. */
const EVERY_OBJECT: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  'toJSON',
]);

/**
 * Names that every function has, so that a method can be passed to code that expects a function.
 */
const EVERY_FUNCTION: ReadonlySet<string> = new Set(['apply', 'bind', 'call']);

/**
 * Whether a member of an exposed object is skipped because it exists only for JavaScript's sake.
 */
export function isObjectName(name: string): boolean {
  return EVERY_OBJECT.has(name);
}

/**
 * Whether a client can't call a name at that place, although an object may have it.
 *
 * @param isNested - whether it stands below another name, which at the client is a function.
 */
export function isUncallableName(name: string, isNested: boolean): boolean {
  return name === 'then' || (isNested && EVERY_FUNCTION.has(name));
}
