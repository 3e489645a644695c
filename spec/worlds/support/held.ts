import type { Client, Server } from '../../../lib/index.ts';

/** What a client or a server still holds, in words. */
export function heldBy(end: Pick<Server | Client, 'stats' | 'snapshot'>): string[] {
  const { waitReply, pending } = end.stats;
  const snapshot = end.snapshot();
  const counts: Readonly<Record<string, number>> = {
    'calls without a reply': waitReply,
    'calls to be sent': pending,
    handshakes: snapshot.opening,
    'background works': snapshot.background,
    connections: snapshot.connections.length,
    'promised streams': sum(snapshot.sessions.map((session) => session.promisedStreams)),
    'unopened streams': sum(snapshot.sessions.map((session) => session.unopenedStreams)),
  };
  return Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
