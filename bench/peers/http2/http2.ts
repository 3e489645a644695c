import type { PeerLibrary } from '../support/peer-library.ts';
import { connectHttp2 } from './client.ts';
import { serveHttp2 } from './server.ts';

/**
 * Node's own HTTP/2, with windows for bulk. It has no messages: these are cut by hand out of one stream of
 * bytes, as the floor does it, so that its streams are a second floor rather than a peer's. A call is a
 * request with JSON both ways, and pays for headers and for a stream of its own.
 */
export const http2: PeerLibrary = { serve: serveHttp2, connect: connectHttp2 };
