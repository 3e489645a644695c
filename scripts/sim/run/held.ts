import type { Client, Server } from '../../../lib/index.ts';

/** What a client or a server still holds of calls and streams, in words. */
export function openWorkOf(end: Pick<Server | Client, 'stats' | 'snapshot'>): string[] {
  const { waitReply, pending } = end.stats;
  const { background, connections, sessions } = end.snapshot();
  return wordsOf({
    'calls without a reply': waitReply,
    'calls to be sent': pending,
    'background works': background,
    calls: sum(connections.map((connection) => connection.runningCalls)),
    // One that is ending waits for its reader, which may take its time.
    streams: sum(connections.map(({ streams }) => count(streams, ({ state }) => state === 'open'))),
    'promised streams': sum(sessions.map((session) => session.promisedStreams)),
    'unopened streams': sum(sessions.map((session) => session.unopenedStreams)),
  });
}

/** What a client or a server still holds, in words. */
export function heldBy(end: Pick<Server | Client, 'stats' | 'snapshot'>): string[] {
  const { opening, connections } = end.snapshot();
  const held = wordsOf({ handshakes: opening, connections: connections.length });
  return [...openWorkOf(end), ...held];
}

function wordsOf(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
}

function count<T>(values: readonly T[], isMeant: (value: T) => boolean): number {
  return values.filter(isMeant).length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
