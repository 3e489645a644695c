/** The same error with a name in front of its message, and of the message in its stack. */
export function prefixMessage<E extends Error>(error: E, prefix: string): E {
  const { message, stack } = error;
  error.message = `${prefix}: ${message}`;
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
  return error;
}
