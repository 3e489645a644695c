import { readFileSync } from 'node:fs';

import { vectorsUrl } from './vectors-url.ts';

/**
 * Conversations of two Seastars, and of hand-made clients with a Seastar, recorded by a proxy between
 * them on 127.0.0.1: the yardstick for our wire.
 *
 * Seastar is at commit 525fcc86ecd275b1c89a1c3f359693704c953a98 (2 August 2026); on each side runs
 * `seapeer`, a small program with the verbs of `seapeer-verbs.ts`. The compressed bytes are those of
 * liblz4 1.9.4. What differs from run to run: times, cuts, handler durations, remaining timeouts,
 * and the order of events on different connections.
 */
export interface Conversation {
  readonly name: string;
  readonly description: string;
  /** Whether the client was a Seastar, too. */
  readonly client: 'seastar' | 'hand-made';
  /** How seapeer was started. */
  readonly serverFlags: readonly string[];
  readonly clientFlags?: readonly string[];
  /** What the client did. */
  readonly script?: string;
  /** What the client printed. */
  readonly clientOutput?: readonly string[];
  readonly connections: readonly CapturedConnection[];
}

/** One TCP connection, numbered from 1 in the order of connecting. */
export interface CapturedConnection {
  readonly id: number;
  readonly role: 'main' | 'stream';
  readonly events: readonly CapturedEvent[];
}

/** Client to server, or server to client. */
export type Direction = 'c2s' | 's2c';

/** Bytes of one direction, or its FIN. */
export interface CapturedEvent {
  /** The order across all connections of the conversation. */
  readonly seq: number;
  readonly t_ms: number;
  readonly dir: Direction;
  readonly hex: string;
  /** The sizes of the pieces in which the proxy received them. */
  readonly chunks?: readonly number[];
  readonly fin?: boolean;
}

/** All conversations of the file, 58 with a Seastar as client and 30 with a hand-made one. */
export const CONVERSATIONS: readonly Conversation[] = JSON.parse(
  readFileSync(vectorsUrl('seastar-vectors.json'), 'utf8'),
) as Conversation[];

/** The conversations with that kind of client. */
export function conversationsWith(client: Conversation['client']): Conversation[] {
  return CONVERSATIONS.filter((conversation) => conversation.client === client);
}

/** The conversation of that name. */
export function conversation(name: string): Conversation {
  const found = CONVERSATIONS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no conversation ${name}`);
  return found;
}
