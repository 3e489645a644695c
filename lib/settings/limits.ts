import { type Bounds, checkBounds, resolveBounded } from '../base/bounds.ts';
import { MAX_STREAM_PAYLOAD_BYTES } from '../wire/stream-frame.ts';

/** Bounds that hold at both ends. Every one has a finite default; what goes beyond is refused with its name. */
export interface Limits {
  /** Milliseconds from a socket's start to the end of its negotiation, absolute. @default 10_000 */
  readonly handshakeTimeoutMs: number;
  /** Bytes of one request's payload, sent or received. A larger one gets an error reply. @default 16_777_216 */
  readonly maxRequestBytes: number;
  /** Bytes of one reply's payload, sent or received. A larger one fails its call. @default 16_777_216 */
  readonly maxReplyBytes: number;
  /** Bytes of one message of a stream, sent or received. A larger one fails its stream. @default 16_777_216 */
  readonly maxStreamMessageBytes: number;
  /** Bytes of a refused request or reply that are read and dropped to keep the connection; above, it is closed. @default 67_108_864 */
  readonly maxSkipBytes: number;
  /** Bytes of a sink that may wait for the kernel before `send` asks to be awaited. @default 262_144 */
  readonly sinkBudgetBytes: number;
  /** Bytes of a source that may wait to be read before its socket is left alone. @default 262_144 */
  readonly sourceBudgetBytes: number;
  /** Messages of a source that may wait to be read; Infinity counts bytes alone. @default Infinity */
  readonly sourceBudgetMessages: number;
  /** Sends of one sink that may wait without being awaited; the next one throws. @default 1_024 */
  readonly maxWaitingSends: number;
  /** Bytes of requests or replies that may wait for the kernel before more are held back. @default 1_048_576 */
  readonly mainBudgetBytes: number;
  /**
   * Bytes read and dropped while a connection that we ended waits for the peer's end. The default is
   * more than kernels hold of a stream that is under way. @default 16_777_216
   */
  readonly lingerBytes: number;
  /** Milliseconds that a connection that we ended waits for the peer's end. @default 2_000 */
  readonly lingerMs: number;
  /** Milliseconds that a finished stream waits for the peer to end its connection first. @default 60_000 */
  readonly finishTimeoutMs: number;
  /** Milliseconds without input after which a source gives up whose parent connection is lost. @default 1_000 */
  readonly orphanTimeoutMs: number;
  /** Child connections of one parent. @default 1_024 */
  readonly maxChildren: number;
  /** Idle child connections that a client keeps for promised streams to come. @default 64 */
  readonly maxParked: number;
  /** Milliseconds that a client keeps one of them. @default 60_000 */
  readonly parkedIdleMs: number;
  /** Streams in values that were sent and are not over; at the limit calls are refused, and streams of streams wait. @default 65_536 */
  readonly maxPromised: number;
  /** Milliseconds that a stream in a value is kept whose reader does not say that it may still begin. @default 125_000 */
  readonly promiseLeaseMs: number;
  /** Bytes of the metadata of one call, and of the headers and trailers of one result, each, sent or received. @default 8_192 */
  readonly maxMetadataBytes: number;
  /** Milliseconds that an accepted child connection waits for a call to name it. @default 30_000 */
  readonly childIdleMs: number;
  /** Milliseconds that the kernel may take no byte while some wait, 0 = for ever; a stalled reader looks the same. @default 0 */
  readonly writeStallTimeoutMs: number;
  /**
   * Milliseconds without a byte from the peer of a main connection after which it is pinged, where
   * both ends speak our extension; 0 = never, else at least 100. @default 10_000
   */
  readonly pingIntervalMs: number;
  /** Milliseconds without a sign of life after which the peer of a main connection is given up; more than `pingIntervalMs`. @default 25_000 */
  readonly pingTimeoutMs: number;
}

/** The defaults of {@link Limits}. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  handshakeTimeoutMs: 10_000,
  maxRequestBytes: 16_777_216,
  maxReplyBytes: 16_777_216,
  maxStreamMessageBytes: 16_777_216,
  maxSkipBytes: 67_108_864,
  sinkBudgetBytes: 262_144,
  sourceBudgetBytes: 262_144,
  sourceBudgetMessages: Infinity,
  maxWaitingSends: 1_024,
  mainBudgetBytes: 1_048_576,
  lingerBytes: 16_777_216,
  lingerMs: 2_000,
  finishTimeoutMs: 60_000,
  orphanTimeoutMs: 1_000,
  maxChildren: 1_024,
  maxParked: 64,
  parkedIdleMs: 60_000,
  maxPromised: 65_536,
  promiseLeaseMs: 125_000,
  maxMetadataBytes: 8_192,
  childIdleMs: 30_000,
  writeStallTimeoutMs: 0,
  pingIntervalMs: 10_000,
  pingTimeoutMs: 25_000,
});

const MAX_BYTES = MAX_STREAM_PAYLOAD_BYTES;

/** Headers and trailers fit into one frame that is read before a limit of ours applies. */
const MAX_METADATA_BYTES = 30_000;

const BOUNDS: Readonly<Record<keyof Limits, Bounds>> = {
  handshakeTimeoutMs: { min: 1 },
  maxRequestBytes: { min: 0, max: MAX_BYTES },
  maxReplyBytes: { min: 0, max: MAX_BYTES },
  maxStreamMessageBytes: { min: 0, max: MAX_BYTES },
  maxSkipBytes: { min: 0, max: MAX_BYTES },
  sinkBudgetBytes: { min: 1, max: MAX_BYTES },
  sourceBudgetBytes: { min: 1, max: MAX_BYTES },
  sourceBudgetMessages: { min: 1, isInfinityAllowed: true },
  maxWaitingSends: { min: 1 },
  mainBudgetBytes: { min: 1, max: MAX_BYTES },
  lingerBytes: { min: 0, max: MAX_BYTES },
  lingerMs: { min: 0 },
  finishTimeoutMs: { min: 0 },
  orphanTimeoutMs: { min: 0 },
  maxChildren: { min: 0 },
  maxParked: { min: 0 },
  parkedIdleMs: { min: 1 },
  maxPromised: { min: 1 },
  promiseLeaseMs: { min: 1 },
  maxMetadataBytes: { min: 0, max: MAX_METADATA_BYTES },
  childIdleMs: { min: 1 },
  writeStallTimeoutMs: { min: 0 },
  pingIntervalMs: { min: 0 },
  pingTimeoutMs: { min: 1 },
};

/** More often would look like a flood to the peer. */
const MIN_PING_INTERVAL_MS = 100;

/** The given limits over the defaults. @throws OptionError naming the limit that is out of bounds. */
export function resolveLimits(given: Partial<Limits> = {}): Limits {
  const limits = resolveBounded('limits', given, DEFAULT_LIMITS, BOUNDS);
  checkPings(limits);
  return limits;
}

function checkPings({ pingIntervalMs, pingTimeoutMs }: Limits): void {
  if (pingIntervalMs === 0) return;
  checkBounds('limits.pingIntervalMs', pingIntervalMs, { min: MIN_PING_INTERVAL_MS });
  checkBounds('limits.pingTimeoutMs', pingTimeoutMs, { min: pingIntervalMs + 1 });
}
