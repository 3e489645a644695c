/**
 * Peers that speak the protocol well enough to hurt: they negotiate as they should, prove that their
 * children are theirs, and then break the rules. Plain data, as the rest of a plan.
 */

import type { ClientPlan } from './plan.ts';

/** A producer, once its stream runs on a lane. `right` keeps to the rules; the others break one of them. */
export const STREAM_LIES = [
  'right',
  'silent',
  'no-count',
  'count-high',
  'count-low',
  'count-twice',
  'item-behind-count',
  'item-behind-end',
  'end-twice',
  'headers-late',
  'headers-twice',
  'bad-headers',
  'trailers-twice',
  'item-behind-trailers',
  'count-behind-error',
  'bad-error',
  'attach-within',
  'unknown-type',
  'mandatory-type',
  'half-item',
  'half-end',
  'long-item',
  'bad-item',
  'other-item',
  'same-stream-twice',
  'endless',
  'fin',
  'reset',
] as const;

/** Main messages of either side that nothing has asked for, or that nobody can read. */
export const MESSAGE_LIES = [
  'cancel-unknown',
  'cancel-badly',
  'call-cancel-unknown',
  'refuse-unknown',
  'open-unknown',
  'taken-unknown',
  'renew-unknown',
  'eos-unknown',
  'canceled-unknown',
  'progress-unknown',
  'children-unknown',
  'sent-unasked',
  'children-sent-unasked',
  'pong-unasked',
  'pings',
  'going-away',
  'cut-number',
  'odd-words',
  'no-kind',
  'unknown-kind',
  'too-long',
] as const;

/** Requests of a client. */
export const REQUEST_LIES = [
  'unknown-verb',
  'same-id',
  'falling-id',
  'negative-id',
  'half-header',
  'half',
  'too-long',
  'far-too-long',
  'empty',
  'garbage',
  'long-envelope',
  'unknown-lane',
  'even-offer',
  'zero-offer',
  'same-stream-twice',
  'stream-zero',
  'many-streams',
  'unknown-child',
  'main-as-child',
] as const;

/** Bytes of a client on an idle lane. */
export const LANE_LIES = [
  'silent',
  'item',
  'end',
  'count',
  'unasked',
  'unknown-type',
  'mandatory-type',
  'no-type',
  'cut-number',
  'too-long',
  'half',
  'long-item',
  'no-length',
] as const;

/** A client that asks for a long stream of the server. */
export const DOWNLOAD_LIES = [
  'deaf',
  'never',
  'fin',
  'reset',
  'cancel',
  'cancel-unopened',
  'call-cancel',
  'consume-twice',
  'two-lanes',
  'writes',
] as const;

/** Children of a client. */
export const CHILD_LIES = [
  'silent',
  'half',
  'unknown-parent',
  'no-proof',
  'wrong-proof',
  'used-proof',
  'no-document',
  'never-named',
  'child-of-lane',
] as const;

/** A server's answer to a request. */
export const ANSWER_LIES = [
  'right',
  'silent',
  'twice',
  'unknown-id',
  'falling-id',
  'half-header',
  'half',
  'too-long',
  'far-too-long',
  'empty',
  'garbage',
  'exception',
  'exception-first',
  'cut-exception',
  'bad-document',
  'long-envelope',
  'bad-envelope',
  'stream-zero',
  'same-stream',
  'unknown-child',
  'fin',
  'reset',
] as const;

/** A server that reads a stream of its client. */
export const READER_LIES = [
  'right',
  'silent',
  'open-twice',
  'cancel',
  'cancel-twice',
  'taken-first',
  'taken-never',
  'taken-twice',
  'open-after-end',
  'writes',
  'reset',
] as const;

/** A server's side of a negotiation. */
export const GREETING_LIES = [
  'right',
  'silent',
  'half',
  'no-session',
  'short-secret',
  'version-0',
  'unasked',
  'no-id',
  'refused',
  'reset',
] as const;

export type StreamLie = (typeof STREAM_LIES)[number];
export type MessageLie = (typeof MESSAGE_LIES)[number];
export type RequestLie = (typeof REQUEST_LIES)[number];
export type LaneLie = (typeof LANE_LIES)[number];
export type DownloadLie = (typeof DOWNLOAD_LIES)[number];
export type ChildLie = (typeof CHILD_LIES)[number];
export type AnswerLie = (typeof ANSWER_LIES)[number];
export type ReaderLie = (typeof READER_LIES)[number];
export type GreetingLie = (typeof GREETING_LIES)[number];

/** Main messages in one write, with numbers from `from` on. */
export interface MessagesMove {
  readonly kind: 'messages';
  readonly lie: MessageLie;
  readonly times: number;
  readonly from: number;
}

/** Something that a hostile client does. */
export type ClientMove =
  | MessagesMove
  /**
   * Streams one behind the other on one lane, in one write. `canceled`: the server has asked for them,
   * and has given them up since. `unknown`: the client asks for streams that it was never offered. To
   * the server they look as if each had waited for the last one, so each of them has its answer.
   */
  | { readonly kind: 'burst'; readonly what: 'canceled' | 'unknown'; readonly streams: number }
  | { readonly kind: 'request'; readonly lie: RequestLie }
  | { readonly kind: 'lane'; readonly lie: LaneLie }
  /** A stream that the server asks for. */
  | { readonly kind: 'upload'; readonly lie: StreamLie; readonly items: number }
  /** A stream that the server sends. */
  | { readonly kind: 'download'; readonly lie: DownloadLie }
  | { readonly kind: 'child'; readonly lie: ChildLie; readonly times: number };

/** A client that does harm to the server of the plan. */
export interface HostileClient {
  readonly kind: 'client';
  readonly atMs: number;
  /** Done one after the other. A connection that the server has closed is dialed anew. */
  readonly moves: readonly ClientMove[];
  /** Milliseconds between them. */
  readonly gapMs: number;
  /** Whether it leaves pings without an answer. */
  readonly isMute: boolean;
  /** Bytes on their way in each direction of its connections. */
  readonly bufferBytes: number;
  /** Milliseconds that it stays after its last move. */
  readonly lingerMs: number;
}

/** Something that a hostile server does with a call: its answer, and what it does with streams. */
export interface ServerMove {
  readonly answer: AnswerLie;
  readonly stream: StreamLie;
  readonly reader: ReaderLie;
  /** Sent before the answer. */
  readonly messages: readonly MessagesMove[];
}

/** A server that does harm to an honest client of its own. */
export interface HostileServer {
  readonly kind: 'server';
  readonly atMs: number;
  readonly greeting: GreetingLie;
  /** For the connections of streams. */
  readonly childGreeting: GreetingLie;
  readonly isMute: boolean;
  /** For the calls as they come, over and over. */
  readonly moves: readonly ServerMove[];
  /** The honest client. Its operations have ids of their own. */
  readonly caller: ClientPlan;
}

export type HostilePeer = HostileClient | HostileServer;
