import type { Peer } from '../transport.ts';

/** The other end of a connection in memory. */
export function memoryPeer(address: string, port: number): Peer {
  return Object.freeze({ address, port, family: 'memory' });
}
