import { cutText, MAX_ERROR_BYTES } from '../../base/cut-text.ts';
import { isError, messageOf, readField } from '../../errors/foreign.ts';
import { messageWithoutPaths } from '../../errors/hidden-paths.ts';

/** Deeper causes are left out; this also ends a cycle of causes. */
const MAX_CAUSES = 4;

/**
 * Makes a text of anything that a handler threw, for our own log. It is the message, followed by the
 * messages of its causes behind colons, as Seastar prints nested exceptions. It never holds a stack.
 * Never throws.
 */
export function errorText(error: unknown): string {
  return joinMessages(error, messageOf, MAX_ERROR_BYTES);
}

/**
 * The same for the caller, without the paths that errors of the file system have.
 *
 * @param maxBytes - see `maxErrorTextBytes`.
 */
export function errorTextForPeer(error: unknown, maxBytes: number = MAX_ERROR_BYTES): string {
  return joinMessages(error, messageWithoutPaths, maxBytes);
}

function joinMessages(
  error: unknown,
  textOf: (error: unknown) => string,
  maxBytes: number,
): string {
  const parts = [textOf(error)];
  let cause = causeOf(error);
  while (cause !== undefined && parts.length <= MAX_CAUSES) {
    parts.push(textOf(cause));
    cause = causeOf(cause);
  }
  return cutText(parts.join(': '), maxBytes);
}

function causeOf(error: unknown): unknown {
  return isError(error) ? readField(error, 'cause') : undefined;
}
