import { cutText } from '../../base/cut-text.ts';
import { isError, messageOf, readField } from '../../errors/foreign.ts';

/** Deeper causes are left out; this also ends a cycle of causes. */
const MAX_CAUSES = 4;

/**
 * Makes the text that a caller gets for anything that a handler threw. It is the message, followed
 * by the messages of its causes behind colons, as Seastar prints nested exceptions. It never holds
 * a stack. Never throws.
 *
 * @param maxBytes - see `maxErrorTextBytes`.
 */
export function errorText(error: unknown, maxBytes?: number): string {
  const parts = [messageOf(error)];
  let cause = causeOf(error);
  while (cause !== undefined && parts.length <= MAX_CAUSES) {
    parts.push(messageOf(cause));
    cause = causeOf(cause);
  }
  return cutText(parts.join(': '), maxBytes);
}

function causeOf(error: unknown): unknown {
  return isError(error) ? readField(error, 'cause') : undefined;
}
