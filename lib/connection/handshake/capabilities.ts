/**
 * The lowest version of our extension in which each capability exists. Both ends must have that
 * version. Only this file compares versions: all other code asks for a capability by its name.
 */
const SINCE = {
  /** The main connection carries messages beside calls and replies. */
  mainMessages: 1,
  /** The reader of a verb's stream says when it has taken the end, or wants no more. */
  confirmations: 1,
  /** A main connection has a session, and its children prove that they know it. */
  sessions: 2,
  /** A child may carry streams in values, one after the other. */
  lanes: 2,
  /** The server may have services. */
  services: 2,
  /** A client tells its server that it has given up a call. */
  callCancel: 2,
  /** An error arrives as a document, with its class, code and fields. */
  structuredErrors: 2,
  /** Either end answers pings. */
  liveness: 2,
  /** A server says that it goes away, and marks the calls that it refuses from then on. */
  goingAway: 2,
  /** A session outlives its main connections, and streams can be resumed. */
  resume: 3,
} as const;

/**
 * The capabilities of a connection, by name; see {@link SINCE}. All are false with a peer that does
 * not speak our extension.
 */
export type Capabilities = { readonly [Name in keyof typeof SINCE]: boolean };

/**
 * The version that this code speaks: that of its newest capability. Both sides use the lower one of
 * their versions.
 */
export const EXTENSION_VERSION: number = Math.max(...Object.values(SINCE));

const BY_VERSION: readonly Capabilities[] = Array.from(
  { length: EXTENSION_VERSION + 1 },
  (_, version) => {
    const has = Object.entries(SINCE).map(([name, since]) => [name, since <= version]);
    // The names are those of SINCE.
    return Object.freeze(Object.fromEntries(has)) as Capabilities;
  },
);

/**
 * @param version - as agreed; 0 if one end does not speak our extension.
 * @param own - the version that this end speaks.
 */
export function capabilitiesOf(version: number, own: number = EXTENSION_VERSION): Capabilities {
  // There is an entry for each version from 0 to the highest that any end of ours speaks.
  return BY_VERSION[Math.min(version, own)]!;
}
