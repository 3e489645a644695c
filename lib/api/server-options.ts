import { checkBounds, defaultsOf, type NumberOptions, resolveNumbers } from '../base/bounds.ts';
import { ANY, FLAG, FUNCTION, FUNCTIONS, OBJECT } from '../base/option-kinds.ts';
import type { OptionTable } from '../base/read-options.ts';
import type { ResourceLimits } from '../call/limits/admission.ts';
import type { Governance } from '../call/limits/call-limits.ts';
import { SESSION_RULES, type SessionRules } from '../call/resume/session-rules.ts';
import type { Authorize } from '../call/server/authorize.ts';
import type { Group } from '../call/limits/group.ts';
import type { AcceptorOptions, ConnectRequest } from '../call/door/acceptor-options.ts';
import { COMMON_OPTIONS, type CommonOptions } from './options.ts';
import type { Interceptor, ServedCall } from '../service/middleware/interceptors.ts';
import type { Peer } from '../transport/transport.ts';

/** The options of `listen`. */
export interface ServerOptions extends CommonOptions {
  /** Memory and concurrency of requests. @default see ResourceLimits */
  readonly resources?: Partial<ResourceLimits> | undefined;
  /**
   * How many calls may be in progress at a time, and how many may come in a second: for the whole
   * server and for each connection. A call beyond a limit is refused before anything is done; the
   * error names the option, and the call can be tried again. Verbs have limits of their own in
   * `handle`.
   *
   * @default no limits
   */
  readonly governance?: Governance | undefined;
  /** Functions that run around every method of a service, the first outermost. @default none */
  readonly interceptors?: readonly Interceptor<ServedCall>[] | undefined;
  /** Whether clients may open streams. @default true */
  readonly streaming?: boolean | undefined;
  /**
   * Decides about each connection before a byte of it is read, and before TLS: only true, or a promise
   * of true, lets it in. Any other answer refuses it silently. A promise has
   * `limits.handshakeTimeoutMs`.
   *
   * @default accepts all
   */
  readonly filterConnection?: ((peer: Peer) => boolean | Promise<boolean>) | undefined;
  /**
   * Turns a client's token or TLS identity into a principal, which handlers find in their context.
   * If the hook throws or rejects, the connection is dropped. A client that speaks our extension is
   * told that it was refused (`ERR_UNAUTHENTICATED`), and nothing of the error, unless that has
   * `retryable: true`. With `retryAfterMs` as well, a client of version 3 is told when to try again.
   *
   * The hook is asked again when a client goes on with its session after a lost connection. The client
   * may do so only with an equal principal: leave out of it what changes from one token to the next.
   *
   * A principal may say when it expires, by a field `expiresAt`: a Date, or milliseconds since 1970.
   * Then its connection is closed and its session is over: calls and streams under way fail. Later the
   * client is refused, unless the hook gives a principal that holds longer. Of a plain object that field
   * may change from one connection to the next.
   *
   * @default none
   */
  readonly authenticate?: ((request: ConnectRequest) => unknown) | undefined;
  /**
   * Decides for each call whether the caller may call the verb: only true, or a promise of true,
   * allows the call.
   *
   * @default all may
   */
  readonly authorize?: Authorize | undefined;
  /**
   * Turns a client's isolation cookie into the group that its handlers run in; undefined means the
   * default class. If the hook throws or rejects, the connection is dropped. The cookie is only a
   * wish of the client and proves nothing. Source: Seastar's `isolate_connection`.
   *
   * @default none
   */
  readonly isolate?:
    ((cookie: string, peer: Peer) => Group | undefined | Promise<Group | undefined>) | undefined;
  /**
   * Makes the text that a caller gets for an error that a handler threw. If the hook fails or takes
   * longer than a second, the caller gets a fixed text.
   *
   * @default the error's message and those of its causes, without paths of the file system
   */
  readonly errorText?: ((error: unknown) => string | Promise<string>) | undefined;
  /**
   * Replaces an error of a service's method or stream on its way to the caller, for example to
   * remove facts that others must not see. May return a promise. If the filter fails or takes longer
   * than a second, the caller gets an error with a fixed text. For verbs see `errorText`.
   *
   * @default the same error, but an error of the file system without its paths
   */
  readonly errorFilter?: ((error: unknown) => unknown) | undefined;
  /**
   * Number of sockets of all kinds that may be open; further ones are closed at once.
   *
   * @default 10_000
   */
  readonly maxConnections?: number | undefined;
  /**
   * Number of sockets of one address that may be negotiating; further ones are closed at once.
   *
   * @default 256
   */
  readonly maxNegotiatingPerAddress?: number | undefined;
  /**
   * Connections and streams that one address may open in a second, on the average of ten seconds;
   * further ones are closed at once. Peers on this machine are exempt.
   *
   * @default 5_000
   */
  readonly handshakesPerSecond?: number | undefined;
  /**
   * Streams of one connection that its client may break off in a second, on the average of ten
   * seconds; above this rate the connection is closed.
   *
   * @default 100
   */
  readonly brokenStreamsPerSecond?: number | undefined;
  /**
   * Milliseconds until a stream with a wrong parent id is closed, so that ids can't be guessed
   * quickly. Peers on this machine are exempt.
   *
   * @default 1_000
   */
  readonly failedParentDelayMs?: number | undefined;
  /**
   * Whether a stream must come from the address and with the TLS identity of its parent. Turn it
   * off behind pools of NAT addresses.
   *
   * @default true
   */
  readonly bindStreamsToPeer?: boolean | undefined;
  /**
   * Milliseconds for which a client that loses its connection can go on with its session. Meanwhile
   * its calls run on, and its leases stand still. 0: its calls and streams end at once. Needs clients
   * that speak version 3 of our extension. From 0 to 86,400,000.
   *
   * @default 180_000
   */
  readonly sessionKeepMs?: number | undefined;
  /**
   * Bytes of replies that are kept for one client until it has received them. The caller of a reply
   * that finds no room learns that it is lost.
   *
   * @default 1_048_576
   */
  readonly sessionReplyBytes?: number | undefined;
  /**
   * Number of sessions that are kept without a connection. Beyond it the oldest one of the client
   * with most of them ends.
   *
   * @default 10_000
   */
  readonly maxAwaySessions?: number | undefined;
  /**
   * Bytes that all sessions without a connection may take. Beyond it the oldest one of the client
   * that takes most ends.
   *
   * @default 268_435_456
   */
  readonly maxAwaySessionBytes?: number | undefined;
  /**
   * Number of sessions without a connection for each address, and for each principal. Addresses of
   * this machine are exempt. Beyond it the oldest of them ends.
   *
   * @default 256
   */
  readonly maxAwaySessionsPerClient?: number | undefined;
  /**
   * The number of this process in a cluster, from 0 to 65,534. It becomes the low 16 bits of the
   * process's connection ids.
   *
   * @default all 64 bits are random
   */
  readonly shard?: number | undefined;
}

/** The kinds of {@link ServerOptions}. Numbers are judged by {@link resolveServerOptions}. */
export const SERVER_OPTIONS: OptionTable<ServerOptions> = Object.freeze({
  ...COMMON_OPTIONS,
  resources: OBJECT,
  governance: OBJECT,
  interceptors: FUNCTIONS,
  streaming: FLAG,
  filterConnection: FUNCTION,
  authenticate: FUNCTION,
  authorize: FUNCTION,
  isolate: FUNCTION,
  errorText: FUNCTION,
  errorFilter: FUNCTION,
  maxConnections: ANY,
  maxNegotiatingPerAddress: ANY,
  handshakesPerSecond: ANY,
  brokenStreamsPerSecond: ANY,
  failedParentDelayMs: ANY,
  bindStreamsToPeer: FLAG,
  sessionKeepMs: ANY,
  sessionReplyBytes: ANY,
  maxAwaySessions: ANY,
  maxAwaySessionBytes: ANY,
  maxAwaySessionsPerClient: ANY,
  shard: ANY,
});

/** The part of {@link ServerOptions} that has numeric or boolean defaults, complete. */
export type ResolvedServerOptions = Readonly<Record<ServerNumber, number>> &
  Pick<AcceptorOptions, 'hasStreaming' | 'isChildBoundToPeer' | 'shard'>;

/** The numbers that a server has beside {@link CommonOptions} and its groups of limits. */
type ServerNumber =
  | keyof SessionRules
  | 'maxConnections'
  | 'maxNegotiatingPerAddress'
  | 'handshakesPerSecond'
  | 'brokenStreamsPerSecond'
  | 'failedParentDelayMs';

/** Bounds and defaults of the numbers in {@link ServerOptions}. */
export const SERVER_NUMBERS: NumberOptions<ServerNumber> = Object.freeze({
  maxConnections: { default: 10_000, min: 1 },
  maxNegotiatingPerAddress: { default: 256, min: 1 },
  handshakesPerSecond: { default: 5_000, min: 1 },
  brokenStreamsPerSecond: { default: 100, min: 1 },
  failedParentDelayMs: { default: 1_000, min: 0 },
  ...SESSION_RULES,
});

/** The defaults of the options that {@link ServerOptions} adds. */
export const SERVER_DEFAULTS: ResolvedServerOptions = Object.freeze({
  ...defaultsOf(SERVER_NUMBERS),
  hasStreaming: true,
  isChildBoundToPeer: true,
  shard: undefined,
});

const MAX_SHARD = 0xfffe;

/** Fills in the defaults. @throws OptionError that names the option out of bounds. */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  const { shard } = options;
  if (shard !== undefined) checkBounds('shard', shard, { min: 0, max: MAX_SHARD });
  return {
    ...resolveNumbers(undefined, options, SERVER_NUMBERS),
    hasStreaming: options.streaming ?? SERVER_DEFAULTS.hasStreaming,
    isChildBoundToPeer: options.bindStreamsToPeer ?? SERVER_DEFAULTS.isChildBoundToPeer,
    shard,
  };
}
