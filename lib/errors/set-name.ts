/**
 * Gives a class of errors its name, as built-in classes have it. An assignment would fail where
 * `Error.prototype` is frozen: an inherited property that is read-only can't be assigned over.
 */
export function setName(errors: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(errors.prototype, 'name', {
    value: name,
    writable: true,
    configurable: true,
  });
}
