import { cutText } from '../../base/cut-text.ts';

/** Causes beyond this depth are left out; a cycle ends here too. */
const MAX_CAUSES = 4;

/**
 * The text that a caller gets for whatever a handler threw: its message, and those of its causes
 * behind colons, as Seastar prints nested exceptions. Never a stack. Never throws, whatever it is given.
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
