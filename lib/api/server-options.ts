import { checkBounds, defaultsOf, type NumberOptions, resolveNumbers } from '../base/bounds.ts';
import type { ResourceLimits } from '../call/limits/admission.ts';
import type { Governance } from '../call/limits/call-limits.ts';
import type { Authorize } from '../call/server/authorize.ts';
import type { Group } from '../call/limits/group.ts';
import type { AcceptorOptions, ConnectRequest } from '../call/door/acceptor-options.ts';
import type { CommonOptions } from './options.ts';
import type { Interceptor, ServedCall } from '../service/middleware/interceptors.ts';
import type { Peer } from '../transport/transport.ts';

/** What `listen` takes. */
export interface ServerOptions extends CommonOptions {
  /** Memory and concurrency of requests. @default see ResourceLimits */
  readonly resources?: Partial<ResourceLimits> | undefined;
  /**
   * How many calls may be in progress, and come in a second: in all and for each connection. What goes
   * beyond is refused before anything is done, with the option's name; such a call can be tried again.
   * Verbs have limits of their own in `handle`. @default no limits
   */
  readonly governance?: Governance | undefined;
  /** Runs around all methods of services, the first outermost. @default none */
  readonly interceptors?: readonly Interceptor<ServedCall>[] | undefined;
  /** Whether clients may open streams. @default true */
  readonly streaming?: boolean | undefined;
  /** Refuses a connection silently, before a byte is read: false refuses. @default accepts all */
  readonly filterConnection?: ((peer: Peer) => boolean) | undefined;
  /**
   * Turns a client's token or TLS identity into a principal, which handlers find in their context. A
   * throw or rejection drops the connection without a word. @default none
   */
  readonly authenticate?: ((request: ConnectRequest) => unknown) | undefined;
  /** Decides call by call whether the caller may call the verb; false or a rejection refuses. @default all may */
  readonly authorize?: Authorize | undefined;
  /**
   * Turns a client's isolation cookie into the group that its handlers run in; undefined is the
   * default class. A throw or rejection drops the connection. The cookie is the client's wish and
   * proves nothing. Source: Seastar's `isolate_connection`. @default none
   */
  readonly isolate?:
    ((cookie: string, peer: Peer) => Group | undefined | Promise<Group | undefined>) | undefined;
  /** The text that a caller gets for what a handler threw. @default the error's message and those of its causes */
  readonly errorText?: ((error: unknown) => string) | undefined;
  /**
   * What a caller gets in place of what a service's method or stream has thrown, for example an error
   * without what is not for others to see. One that throws itself is told as just that. Verbs have
   * `errorText`. @default the same error
   */
  readonly errorFilter?: ((error: unknown) => unknown) | undefined;
  /** Sockets of all kinds that may be open; more are closed at once. @default 10_000 */
  readonly maxConnections?: number | undefined;
  /** Sockets of one address that may be negotiating; more are closed at once. @default 256 */
  readonly maxNegotiatingPerAddress?: number | undefined;
  /** Connections and streams of one address a second, as an average of ten; more are closed at once. Peers on this machine are exempt. @default 5_000 */
  readonly handshakesPerSecond?: number | undefined;
  /** Streams of one connection a second that its client breaks off, as an average of ten; at more the connection is closed. @default 100 */
  readonly brokenStreamsPerSecond?: number | undefined;
  /** Milliseconds until a stream with a wrong parent id is closed, so that ids can't be guessed fast; peers on this machine are exempt. @default 1_000 */
  readonly failedParentDelayMs?: number | undefined;
  /** Whether a stream must come from its parent's address and TLS identity; turn off behind pools of NAT addresses. @default true */
  readonly bindStreamsToPeer?: boolean | undefined;
  /** This process' number of 0 to 65,534 in a cluster: the low 16 bits of its connection ids. @default all 64 bits are random */
  readonly shard?: number | undefined;
}

/** The part of {@link ServerOptions} that has numeric or boolean defaults, complete. */
export type ResolvedServerOptions = Readonly<Record<ServerNumber, number>> &
  Pick<AcceptorOptions, 'hasStreaming' | 'isChildBoundToPeer' | 'shard'>;

/** The numbers that a server has beside {@link CommonOptions} and its groups of limits. */
type ServerNumber =
  | 'maxConnections'
  | 'maxNegotiatingPerAddress'
  | 'handshakesPerSecond'
  | 'brokenStreamsPerSecond'
  | 'failedParentDelayMs';

/** What the numbers among {@link ServerOptions} may be, and what they are by default. */
export const SERVER_NUMBERS: NumberOptions<ServerNumber> = Object.freeze({
  maxConnections: { default: 10_000, min: 1 },
  maxNegotiatingPerAddress: { default: 256, min: 1 },
  handshakesPerSecond: { default: 5_000, min: 1 },
  brokenStreamsPerSecond: { default: 100, min: 1 },
  failedParentDelayMs: { default: 1_000, min: 0 },
});

/** The defaults of what {@link ServerOptions} adds. */
export const SERVER_DEFAULTS: ResolvedServerOptions = Object.freeze({
  ...defaultsOf(SERVER_NUMBERS),
  hasStreaming: true,
  isChildBoundToPeer: true,
  shard: undefined,
});

const MAX_SHARD = 0xfffe;

/** Fills in the defaults. @throws OptionError naming what is out of bounds. */
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
