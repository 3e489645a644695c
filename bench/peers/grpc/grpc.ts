import type { PeerLibrary } from '../support/peer-library.ts';
import { connectGrpc } from './client.ts';
import { serveGrpc } from './server.ts';

/**
 * grpc-js. Each message passes through a dozen layers (interceptors, filters, retrying, framing with a
 * copy) and a turn of promises of its own, which is why its streams are slow even though its codec isn't.
 */
export const grpc: PeerLibrary = { serve: serveGrpc, connect: connectGrpc };
