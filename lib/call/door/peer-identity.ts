import { isLoopback } from '../../transport/loopback.ts';
import type { Peer } from '../../transport/transport.ts';

/**
 * Whether two sockets come from the same address and have shown the same certificate, or both none.
 */
export function isSamePeer(a: Peer, b: Peer): boolean {
  return a.address === b.address && a.tls?.fingerprint256 === b.tls?.fingerprint256;
}

/** Whether the peer is on this machine, where many peers may share an address. */
export function isLocalPeer(peer: Peer): boolean {
  return peer.family === 'unix' || peer.family === 'memory' || isLoopback(peer.address);
}
