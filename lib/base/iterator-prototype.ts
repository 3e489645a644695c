/** %AsyncIteratorPrototype%, which has no name in the language. */
const AsyncIteratorPrototype: unknown = Object.getPrototypeOf(
  Object.getPrototypeOf(async function* () {}.prototype),
);

/**
 * Lets a class of async iterators that is written by hand inherit what those of the language inherit:
 * `Symbol.asyncDispose` where Node has it, and whatever is added later.
 */
export function inheritAsyncIterator(type: abstract new (...args: never[]) => object): void {
  Object.setPrototypeOf(type.prototype, AsyncIteratorPrototype as object);
}
