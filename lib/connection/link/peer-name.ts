import type { Peer } from '../../transport/transport.ts';

/** A peer in log lines: its role in our eyes, and its address. */
export function peerName(
  role: 'client' | 'server' | 'peer',
  { address, port }: Pick<Peer, 'address' | 'port'>,
): string {
  return `${role} ${address}:${port}`;
}
