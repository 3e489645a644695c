/**
 * The state of a client. It is `connecting` until its first connection is there, and `reconnecting`
 * while it makes another one, after a loss or because its server goes away. It is `closing` after its
 * own `close()`, or when its server goes away and it does not reconnect: it opens no more streams, and
 * calls and streams under way go on.
 */
export type ClientState = 'connecting' | 'connected' | 'reconnecting' | 'closing' | 'closed';
