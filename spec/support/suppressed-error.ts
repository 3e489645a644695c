/** A SuppressedError: Node's own, or as TypeScript makes one where Node has none. */
export function suppressedError(
  error: unknown,
  suppressed: unknown,
  message: string = 'An error was suppressed during disposal',
): SuppressedError {
  const type = (globalThis as Partial<Pick<typeof globalThis, 'SuppressedError'>>).SuppressedError;
  if (type !== undefined) return new type(error, suppressed, message);
  return compiledSuppressedError(error, suppressed, message);
}

/** As TypeScript makes one for an older target, whatever Node has. */
export function compiledSuppressedError(
  error: unknown,
  suppressed: unknown,
  message: string,
): SuppressedError {
  return Object.assign(new Error(message), { name: 'SuppressedError', error, suppressed });
}
