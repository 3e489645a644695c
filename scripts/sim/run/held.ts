import type { Client, Server } from '../../../lib/index.ts';
import { isHeld } from '../plan/held.ts';
import type { Fault, Operation, Plan } from '../plan/plan.ts';

/** Faults after which both ends know at once how things stand. */
const ORDERLY: readonly Fault['kind'][] = ['drain', 'leave', 'cut', 'cutOne', 'hostile', 'damage'];

/** What a client or a server still holds of calls and streams, in words. */
export function openWorkOf(end: Pick<Server | Client, 'stats' | 'snapshot'>): string[] {
  const { waitReply, pending } = end.stats;
  const { background, connections, sessions } = end.snapshot();
  return wordsOf({
    'calls without a reply': waitReply,
    'calls to be sent': pending,
    'background works': background,
    'bytes to be sent': sum(connections.map(({ bufferedBytes }) => bufferedBytes)),
    'queued calls': sum(sessions.map(({ queuedCalls }) => queuedCalls)),
    'connections of streams': sum(connections.map(({ children }) => children)),
    calls: sum(connections.map((connection) => connection.runningCalls)),
    // One that is ending waits for its reader, which may take its time.
    streams: sum(connections.map(({ streams }) => count(streams, ({ state }) => state === 'open'))),
    'promised streams': sum(sessions.map((session) => session.promisedStreams)),
    'unopened streams': sum(sessions.map((session) => session.unopenedStreams)),
  });
}

/** Connections that a client keeps for streams to come, beyond those that it may keep, in words. */
export function tooManyParked(client: Pick<Client, 'snapshot'>, plan: Plan): string[] {
  const { maxParked } = plan.limits;
  const { connections } = client.snapshot();
  const idle = sum(connections.map(({ idleLanes }) => idleLanes));
  if (maxParked === undefined || idle <= maxParked) return [];
  return [`${idle} parked connections, and ${maxParked} may be parked,`];
}

/** Connections of streams that were not needed for so long that none may be left, in words. */
export function oldConnectionsOf(end: Pick<Server | Client, 'snapshot'>): string[] {
  const { connections } = end.snapshot();
  return wordsOf({
    'connections of verbs': sum(connections.map(({ children }) => children)),
    'connections for streams': sum(connections.map(({ lanes }) => lanes)),
  });
}

/** What a client without work still holds, in words, with lanes that carry a stream. */
export function idleWorkOf(client: Pick<Client, 'stats' | 'snapshot'>): string[] {
  const { connections } = client.snapshot();
  const inUse = sum(connections.map(({ lanes, idleLanes }) => lanes - idleLanes));
  return [...openWorkOf(client), ...wordsOf({ 'lanes in use': inUse })];
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

/** Whether readers of a plan keep streams that they don't read. */
export function keepsStreams({ clients }: Plan): boolean {
  return clients.some(({ operations }) =>
    operations.some(
      (operation) =>
        isHeld(operation) || ('flow' in operation && operation.flow.isIgnored === true),
    ),
  );
}

/** Whether both ends know at once how things stand, and no method goes on when its caller has left. */
export function isOrderly({ faults, clients }: Plan): boolean {
  const operations = clients.flatMap((client) => client.operations);
  return faults.every(({ kind }) => ORDERLY.includes(kind)) && !operations.some(isDeaf);
}

/** Whether nothing in a plan goes on when its operations have ended. */
export function isPlain(plan: Plan): boolean {
  const kinds = plan.clients.flatMap(({ operations }) => operations.map(({ kind }) => kind));
  return isOrderly(plan) && !keepsStreams(plan) && !kinds.some((kind) => kind.startsWith('verb'));
}

/** Whether the method reads slowly and hears nothing meanwhile. */
function isDeaf(operation: Operation): boolean {
  return stillMs(operation) > 0;
}

/** Milliseconds for which a reader of an operation stands still, also when its call is over. */
export function stillMs(operation: Operation): number {
  if (!('flow' in operation)) return 0;
  const { stallMs = 0, holdMs = 0 } = operation.flow;
  return stallMs + holdMs;
}
