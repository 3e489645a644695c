import type { PeerLibrary } from '../support/peer-library.ts';
import { connectConnect } from './client.ts';
import { serveConnect } from './server.ts';

/**
 * connect-node over HTTP/2, with protobuf and its own protocol, whose calls cost less than its gRPC ones.
 * Its codec reads the schema anew for each message, and each message passes through several async
 * generators. Of the HTTP/2 windows it lets all be raised but the client's for its connection: 64 KiB.
 */
export const connect: PeerLibrary = { serve: serveConnect, connect: connectConnect };
