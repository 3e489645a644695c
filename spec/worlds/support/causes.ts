/** An event of a small world after which something may fail. */
export type SmallEvent = 'cut' | 'cancel' | 'close' | 'drain' | 'jump';

/** The last cause of an error, and the events of which one must have begun. */
const SIGNS: readonly (readonly [RegExp, readonly SmallEvent[]])[] = [
  [/^(read|write) (ECONNRESET|EPIPE)$/, ['cut']],
  [/^enough$/, ['cancel']],
  [/^the client (was closed|closed the connection)/, ['close']],
  [/^the server (went away|closed the connection|goes away)/, ['drain']],
  [/^the call took longer/, ['jump']],
  // The other end gives up a lane with its parent.
  [/^unexpected eof: the peer closed the connection before it negotiated$/, ['cut', 'close']],
  [/is not promised, or is over$/, ['cut', 'cancel', 'close']],
];

/** Says why an error can't be true: its last cause is none of what has begun. Undefined if it can. */
export function whyFalse(error: unknown, begun: ReadonlySet<SmallEvent>): string | undefined {
  const { message } = lastCause(error);
  const sign = SIGNS.find(([text]) => text.test(message));
  if (sign === undefined) return `"${message}" is no cause`;
  return sign[1].some((event) => begun.has(event)) ? undefined : `"${message}" has not happened`;
}

function lastCause(error: unknown): { readonly message: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  return error.cause === undefined ? error : lastCause(error.cause);
}
