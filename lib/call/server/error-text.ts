import { cutText } from '../../base/cut-text.ts';

/** Deeper causes are left out; this also ends a cycle of causes. */
const MAX_CAUSES = 4;

/**
 * Makes the text that a caller gets for anything that a handler threw. It is the message, followed
 * by the messages of its causes behind colons, as Seastar prints nested exceptions. It never holds
 * a stack. Never throws.
 */
export function errorText(error: unknown): string {
  const parts = [messageOf(error)];
  let cause = causeOf(error);
  while (cause !== undefined && parts.length <= MAX_CAUSES) {
    parts.push(messageOf(cause));
    cause = causeOf(cause);
  }
  return cutText(parts.join(': '));
}

function messageOf(error: unknown): string {
  try {
    if (error instanceof Error) return String(error.message) || error.name;
    return String(error);
  } catch {
    return 'the handler threw something that has no text';
  }
}

function causeOf(error: unknown): unknown {
  try {
    return error instanceof Error ? error.cause : undefined;
  } catch {
    return undefined;
  }
}
