/** The same error with a name in front of its message, and of the message in its stack. */
export function prefixMessage<E extends Error>(error: E, prefix: string): E {
  return setMessage(error, `${prefix}: ${error.message}`);
}

/** The same error with a remark behind its message, and behind the message in its stack. */
export function suffixMessage<E extends Error>(error: E, suffix: string): E {
  return setMessage(error, `${error.message}; ${suffix}`);
}

function setMessage<E extends Error>(error: E, text: string): E {
  const { message, stack } = error;
  error.message = text;
  if (stack !== undefined) error.stack = stack.replace(message, () => text);
  return error;
}
