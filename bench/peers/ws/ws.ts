import type { PeerLibrary } from '../support/peer-library.ts';
import { connectWs } from './client.ts';
import { serveWs } from './server.ts';

/**
 * ws: a connection is a stream. It has no calls; here they are JSON with an id, as its users write them,
 * and so are records. Each message is a write of its own, which is one call of the system: that, and not
 * its framing, bounds small messages.
 */
export const ws: PeerLibrary = { serve: serveWs, connect: connectWs };
