import type { Peer } from '../../transport/transport.ts';

/** A peer in events and snapshots: its address, without a role. */
export function placeName({ address, port }: Pick<Peer, 'address' | 'port'>): string {
  return `${address}:${port}`;
}

/** A peer in log lines: its role in our eyes, and its address. */
export function peerName(
  role: 'client' | 'server' | 'peer',
  peer: Pick<Peer, 'address' | 'port'>,
): string {
  return `${role} ${placeName(peer)}`;
}

/** A call in log lines, behind its peer. */
export function callName(peer: string, messageId: number): string {
  return `${peer} msg_id ${messageId}`;
}
