import { ProtocolError } from '../errors/errors.ts';

/** The number of each kind of main message. Those from 12 to 19, and 24, need version 3 of our extension. */
export const KINDS = {
  'eos-taken': 1,
  canceled: 2,
  'stream-open': 3,
  'stream-refused': 4,
  'stream-cancel': 5,
  'stream-taken': 6,
  'streams-renew': 7,
  'call-cancel': 8,
  ping: 9,
  pong: 10,
  'going-away': 11,
  received: 12,
  'calls-pending': 13,
  'stream-resume': 14,
  'stream-ack': 15,
  'child-ack': 16,
  'stream-done': 17,
  'session-end': 18,
  'stream-parted': 19,
  'streams-progress': 20,
  'streams-sent': 21,
  'children-progress': 22,
  'children-sent': 23,
  'child-parted': 24,
} as const;

/** The name of a kind. */
export type MainMessageKind = keyof typeof KINDS;

/** The end of a main connection that sends a message. */
export type Side = 'client' | 'server';

/** The sides that may send each kind. A message from the other side is a protocol error. */
export const SENT_BY: Readonly<Record<MainMessageKind, Side | 'both'>> = Object.freeze({
  'eos-taken': 'both',
  canceled: 'both',
  'stream-open': 'server',
  'stream-refused': 'client',
  'stream-cancel': 'both',
  'stream-taken': 'server',
  'streams-renew': 'both',
  'call-cancel': 'client',
  ping: 'both',
  pong: 'both',
  'going-away': 'server',
  received: 'both',
  'calls-pending': 'client',
  'stream-resume': 'server',
  'stream-ack': 'both',
  'child-ack': 'both',
  'stream-done': 'both',
  'session-end': 'client',
  'stream-parted': 'client',
  'streams-progress': 'both',
  'streams-sent': 'both',
  'children-progress': 'both',
  'children-sent': 'both',
  'child-parted': 'server',
});

/**
 * The kinds that a session keeps until the peer has received them, and repeats on its next connection.
 * All other kinds speak of one connection, or of a state that is told anew there.
 */
export const KEPT_KINDS: ReadonlySet<MainMessageKind> = new Set<MainMessageKind>([
  'stream-refused',
  'stream-cancel',
  'call-cancel',
  'going-away',
  'stream-done',
  'session-end',
]);

/** @throws ProtocolError for a kind that this side may not send. */
export function checkSender(kind: MainMessageKind, from: Side): void {
  const by = SENT_BY[kind];
  if (by === 'both' || by === from) return;
  throw new ProtocolError(`the ${from} sent ${kind}, which only a ${by} may`);
}
