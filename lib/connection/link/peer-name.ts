import type { Peer } from '../../transport/transport.ts';

/** The name of a peer in events and snapshots: its address, without a role. */
export function placeName({ address, port }: Pick<Peer, 'address' | 'port'>): string {
  return `${address}:${port}`;
}

/** The name of a peer in log lines: its role, as we see it, and its address. */
export function peerName(
  role: 'client' | 'server' | 'peer',
  peer: Pick<Peer, 'address' | 'port'>,
): string {
  return `${role} ${placeName(peer)}`;
}

/** The name of a call in log lines, with its peer in front. */
export function callName(peer: string, messageId: number): string {
  return `${peer} msg_id ${messageId}`;
}
