import { checkBounds, defaultsOf, type NumberOptions, resolveNumbers } from '../base/bounds.ts';
import { MAX_ERROR_BYTES } from '../base/cut-text.ts';
import { MAX_STREAM_PAYLOAD_BYTES } from '../wire/stream-frame.ts';

/**
 * Limits that hold at both ends, except that `maxParked` and `parkedIdleMs` hold at a client, and
 * `childIdleMs` and `maxErrorTextBytes` at a server. Each has a finite default, except
 * `sourceBudgetMessages` and `writeStallTimeoutMs`. Anything beyond a limit is refused, and the
 * error names the limit.
 */
export interface Limits {
  /**
   * Milliseconds from a socket's start to the end of its negotiation; the time of your hooks
   * counts. A connection that takes longer is closed.
   * @default 10_000
   */
  readonly handshakeTimeoutMs: number;
  /**
   * Bytes of one request's payload. Sending a larger request fails with `ERR_MESSAGE_TOO_LARGE`. A
   * larger request that is received gets an error reply.
   * @default 16_777_216
   */
  readonly maxRequestBytes: number;
  /**
   * Bytes of one reply's payload. A handler's larger reply becomes an error. A larger reply that is
   * received fails its call.
   * @default 16_777_216
   */
  readonly maxReplyBytes: number;
  /**
   * Bytes of one message of a stream. `send` of a larger message fails and sends nothing. A larger
   * message that is received fails its stream.
   * @default 16_777_216
   */
  readonly maxStreamMessageBytes: number;
  /**
   * Bytes of a refused request or reply that are read and dropped to keep the connection. Above,
   * the connection is closed.
   * @default 67_108_864
   */
  readonly maxSkipBytes: number;
  /**
   * Bytes of a sink that may wait for the kernel. Beyond, `send` returns a promise to await.
   * @default 262_144
   */
  readonly sinkBudgetBytes: number;
  /**
   * Bytes of a source that may wait to be read. Beyond, its socket is not read until half of them
   * have been consumed.
   * @default 262_144
   */
  readonly sourceBudgetBytes: number;
  /**
   * Messages of a source that may wait to be read, as `sourceBudgetBytes`. Infinity counts bytes
   * alone.
   * @default Infinity
   */
  readonly sourceBudgetMessages: number;
  /**
   * Sends of one sink that may wait without being awaited. The next one throws `ERR_NOT_AWAITED`.
   * @default 1_024
   */
  readonly maxWaitingSends: number;
  /**
   * Bytes of requests or replies that may wait for the kernel. Beyond, calls wait to be sent, and a
   * server reads no more requests of a client that does not take its replies.
   * @default 1_048_576
   */
  readonly mainBudgetBytes: number;
  /**
   * Bytes that are read and dropped while a connection that we ended waits for the peer's end.
   * Beyond, it is reset at once. The default is more than kernels hold of a stream that is under
   * way.
   * @default 16_777_216
   */
  readonly lingerBytes: number;
  /**
   * Milliseconds that a connection that we ended waits for the peer's end. Then it is reset: what the
   * peer has not taken by then is lost.
   * @default 2_000
   */
  readonly lingerMs: number;
  /**
   * Milliseconds that a finished stream waits for the peer to end its connection first, and in which
   * none of its bytes goes out. Then we close it, unless a peer of our kind has yet to read the end
   * of stream.
   * @default 60_000
   */
  readonly finishTimeoutMs: number;
  /**
   * Milliseconds without input after which a source fails if its parent connection is lost. If the server
   * has announced its end and closed in order, it is `finishTimeoutMs` if that is longer.
   * @default 1_000
   */
  readonly orphanTimeoutMs: number;
  /**
   * Child connections of one parent, with resumable streams of verbs that wait for another one.
   * Opening one more fails with `ERR_REFUSED`; a server closes the new connection.
   * @default 1_024
   */
  readonly maxChildren: number;
  /**
   * Child connections of one client that negotiate at a time. More wait for their turn, in which
   * `connectTimeoutMs` begins. Keep it below `maxNegotiatingPerAddress` of the server, which closes
   * connections beyond.
   *
   * @default 128
   */
  readonly maxHandshakes: number;
  /**
   * Idle child connections that a client keeps for streams in values to come. It closes what is
   * left beyond.
   * @default 64
   */
  readonly maxParked: number;
  /**
   * Milliseconds that a client keeps an idle child connection. Then it closes it.
   * @default 60_000
   */
  readonly parkedIdleMs: number;
  /**
   * Number of streams that this end has offered in values and that are not over. A value with one
   * more is refused, and streams of streams wait.
   * @default 65_536
   */
  readonly maxPromised: number;
  /**
   * Milliseconds that a stream in a value is kept when its reader neither reads it nor asks to keep
   * it. Then it is released.
   * @default 125_000
   */
  readonly promiseLeaseMs: number;
  /**
   * Bytes of items that the resumable streams of one session keep at this end, because their readers
   * have not taken them. Beyond, a stream waits before it sends, unless none of its own items is kept.
   * @default 67_108_864
   */
  readonly sessionRetainBytes: number;
  /**
   * Bytes of the metadata of one call, and of the headers and trailers of one result, each. With
   * more the call or its reply fails with the name of this limit.
   * @default 8_192
   */
  readonly maxMetadataBytes: number;
  /**
   * Bytes of an error that a server sends as text: the errors of verbs, and of methods where the
   * client does not speak our extension. A longer text is cut and ends with `…`. Infinity sends all
   * of it, as far as `maxReplyBytes` lets it.
   * @default 8_192
   */
  readonly maxErrorTextBytes: number;
  /**
   * Milliseconds that an accepted child connection waits for a call to name it, also while earlier
   * calls wait for a place or memory. Then the server closes it.
   * @default 30_000
   */
  readonly childIdleMs: number;
  /**
   * Milliseconds that the kernel may take no byte while some wait. Then the connection is reset. 0
   * waits for ever; a stalled reader looks the same.
   * @default 0
   */
  readonly writeStallTimeoutMs: number;
  /**
   * Milliseconds without a byte from the peer of a main connection. Then it is pinged, where both
   * ends speak our extension. 0 never asks, else at least 100.
   * @default 10_000
   */
  readonly pingIntervalMs: number;
  /**
   * Milliseconds without a sign of life from the peer of a main connection, more than
   * `pingIntervalMs`. Then it is lost: `ERR_CLOSED`, with a `TimeoutError` as its cause.
   * @default 25_000
   */
  readonly pingTimeoutMs: number;
}

const MAX_BYTES = MAX_STREAM_PAYLOAD_BYTES;

/** Headers and trailers must fit into one frame that is read before any of our limits applies. */
const MAX_METADATA_BYTES = 30_000;

/**
 * The bounds and the default of each of {@link Limits}. The pages about limits are made from this
 * table and from the interface.
 */
export const LIMITS: NumberOptions<keyof Limits> = Object.freeze({
  handshakeTimeoutMs: { default: 10_000, min: 1 },
  maxRequestBytes: { default: 16_777_216, min: 0, max: MAX_BYTES },
  maxReplyBytes: { default: 16_777_216, min: 0, max: MAX_BYTES },
  maxStreamMessageBytes: { default: 16_777_216, min: 0, max: MAX_BYTES },
  maxSkipBytes: { default: 67_108_864, min: 0, max: MAX_BYTES },
  sinkBudgetBytes: { default: 262_144, min: 1, max: MAX_BYTES },
  sourceBudgetBytes: { default: 262_144, min: 1, max: MAX_BYTES },
  sourceBudgetMessages: { default: Infinity, min: 1, isInfinityAllowed: true },
  maxWaitingSends: { default: 1_024, min: 1 },
  mainBudgetBytes: { default: 1_048_576, min: 1, max: MAX_BYTES },
  lingerBytes: { default: 16_777_216, min: 0, max: MAX_BYTES },
  lingerMs: { default: 2_000, min: 0 },
  finishTimeoutMs: { default: 60_000, min: 0 },
  orphanTimeoutMs: { default: 1_000, min: 0 },
  maxChildren: { default: 1_024, min: 0 },
  maxHandshakes: { default: 128, min: 1 },
  maxParked: { default: 64, min: 0 },
  parkedIdleMs: { default: 60_000, min: 1 },
  maxPromised: { default: 65_536, min: 1 },
  promiseLeaseMs: { default: 125_000, min: 1 },
  sessionRetainBytes: { default: 67_108_864, min: 0 },
  maxMetadataBytes: { default: 8_192, min: 0, max: MAX_METADATA_BYTES },
  maxErrorTextBytes: { default: MAX_ERROR_BYTES, min: 1, isInfinityAllowed: true },
  childIdleMs: { default: 30_000, min: 1 },
  writeStallTimeoutMs: { default: 0, min: 0 },
  pingIntervalMs: { default: 10_000, min: 0 },
  pingTimeoutMs: { default: 25_000, min: 1 },
});

/** The defaults of {@link Limits}. */
export const DEFAULT_LIMITS: Limits = Object.freeze(defaultsOf(LIMITS));

/** More frequent pings would look like a flood to the peer. */
const MIN_PING_INTERVAL_MS = 100;

/** The given limits over the defaults. @throws OptionError naming the limit that is out of bounds. */
export function resolveLimits(given: Partial<Limits> = {}): Limits {
  const limits = resolveNumbers('limits', given, LIMITS);
  checkPings(limits);
  return limits;
}

function checkPings({ pingIntervalMs, pingTimeoutMs }: Limits): void {
  if (pingIntervalMs === 0) return;
  checkBounds('limits.pingIntervalMs', pingIntervalMs, { min: MIN_PING_INTERVAL_MS });
  checkBounds('limits.pingTimeoutMs', pingTimeoutMs, { min: pingIntervalMs + 1 });
}
