import { dialNetwork } from './dial.ts';
import { listenNetwork } from './listener.ts';
import type { Transport } from '../transport.ts';

/** The machine's network: TCP over IPv4 and IPv6, unix sockets, and TLS over each. */
export const networkTransport: Transport = Object.freeze({
  dial: dialNetwork,
  listen: listenNetwork,
});
