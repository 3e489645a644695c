import type { PeerLibrary } from '../support/peer-library.ts';
import { connectNats } from './client.ts';
import { serveNats } from './server.ts';

/**
 * NATS: both sides are clients of a broker, so that each message goes through two sockets. The broker
 * takes what readers don't: nothing slows a producer down, and a slow reader's memory grows.
 */
export const nats: PeerLibrary = { serve: serveNats, connect: connectNats };
