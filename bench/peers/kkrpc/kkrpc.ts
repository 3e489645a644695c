import type { PeerLibrary } from '../support/peer-library.ts';
import { connectKkrpc } from './client.ts';
import { serveKkrpc } from './server.ts';

/**
 * kkrpc over TCP. A stream is a callback that is passed in a call: each message is an envelope in JSON
 * with a random id, bytes are base64 in it, and several promises wait on each one.
 */
export const kkrpc: PeerLibrary = { serve: serveKkrpc, connect: connectKkrpc };
