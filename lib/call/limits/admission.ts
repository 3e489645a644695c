import { ANY_AMOUNT, defaultsOf, type NumberOptions, resolveNumbers } from '../../base/bounds.ts';
import type { Clock, Timer } from '../../base/clock.ts';

/** How much memory requests may take. Source: Seastar's `rpc::resource_limits`. */
export interface ResourceLimits {
  /** Bytes that each request counts for in addition to its own size. @default 0 */
  readonly basicRequestBytes: number;
  /**
   * The factor by which a request's bytes are multiplied, to estimate its size when decoded.
   *
   * @default 1
   */
  readonly bloatFactor: number;
  /**
   * Bytes that all requests of a server may take at a time. Further requests wait, and their
   * connections are not read meanwhile. A request that can never fit is refused.
   *
   * @default 268_435_456
   */
  readonly maxMemoryBytes: number;
  /**
   * The part of `maxMemoryBytes` that the requests of one connection may take. Further requests
   * wait, as for memory. A single request may be larger.
   *
   * @default 67_108_864
   */
  readonly maxConnectionMemoryBytes: number;
  /**
   * Milliseconds that a request waits for memory or a place before it is refused. Those behind it, which
   * have waited too, are refused with it if they find as little. With Infinity it waits for ever, as in
   * Seastar.
   *
   * @default 10_000
   */
  readonly memoryWaitMs: number;
  /**
   * Number of requests of one connection that may be in progress. Further requests wait, as for
   * memory.
   *
   * @default 4_096
   */
  readonly maxInFlight: number;
  /**
   * Milliseconds that each MiB of a request may take to arrive once its header has come, and the
   * part after the last MiB. Beyond, the connection is closed. The time in which the server does not
   * read the connection does not count.
   *
   * @default 30_000
   */
  readonly arrivalTimeoutMs: number;
}

/** Bounds and defaults of {@link ResourceLimits}. */
export const RESOURCES: NumberOptions<keyof ResourceLimits> = Object.freeze({
  basicRequestBytes: { ...ANY_AMOUNT, default: 0 },
  bloatFactor: { ...ANY_AMOUNT, default: 1 },
  maxMemoryBytes: { ...ANY_AMOUNT, default: 268_435_456 },
  maxConnectionMemoryBytes: { ...ANY_AMOUNT, default: 67_108_864 },
  memoryWaitMs: { ...ANY_AMOUNT, default: 10_000 },
  maxInFlight: { ...ANY_AMOUNT, min: 1, default: 4_096 },
  arrivalTimeoutMs: { ...ANY_AMOUNT, min: 1, default: 30_000 },
});

/** The defaults of {@link ResourceLimits}. */
export const DEFAULT_RESOURCES: ResourceLimits = Object.freeze(defaultsOf(RESOURCES));

/**
 * Puts the given resources over the defaults.
 *
 * @throws OptionError that names the option out of bounds.
 */
export function resolveResources(given: Partial<ResourceLimits> = {}): ResourceLimits {
  return resolveNumbers('resources', given, RESOURCES);
}

/** A request that costs no more is small: it may use the reserve, and waits behind no larger one. */
const SMALL_REQUEST_BYTES = 65_536;

/** One part in so many of the memory is the reserve. */
const RESERVE_DIVISOR = 16;

/**
 * How memory is asked for: for a small request, for a part of a larger one, or for all that is
 * missing of a larger one that holds a part already.
 */
export type MemoryUse = 'small' | 'part' | 'rest';

interface Waiting {
  readonly bytes: number;
  readonly onGranted: () => void;
  timer: Timer | undefined;
}

/**
 * Hands out a server's request memory, in the order of asking; small requests and larger ones wait
 * apart.
 *
 * Larger requests are charged as they come, so that several may hold parts, and none of them may
 * become whole. That is why one that holds a part may get its rest beyond the limit, when nothing
 * else is beyond it.
 */
export class MemoryBudget {
  readonly #clock: Clock;
  readonly #resources: ResourceLimits;
  readonly #waiting: Readonly<Record<MemoryUse, Set<Waiting>>> = {
    rest: new Set(),
    small: new Set(),
    part: new Set(),
  };
  #usedBytes = 0;
  /** Those of them that larger requests have. */
  #largeBytes = 0;
  #isGranting = false;

  constructor(clock: Clock, resources: ResourceLimits) {
    this.#clock = clock;
    this.#resources = resources;
  }

  /** Bytes that are handed out. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** The cost of a request with so many payload bytes: basic + size * bloat. */
  costOf(payloadBytes: number): number {
    return this.#resources.basicRequestBytes + payloadBytes * this.#resources.bloatFactor;
  }

  /** Whether a request of that cost is small. */
  isSmall(cost: number): boolean {
    return cost <= SMALL_REQUEST_BYTES;
  }

  /** Takes the bytes if they are free and nobody waits for the like. */
  tryTake(bytes: number, use: MemoryUse = 'small'): boolean {
    if (this.#isBehind(use) || !this.#fits(bytes, use)) return false;
    this.#take(bytes, use);
    return true;
  }

  /** Takes the bytes when they become free, or says after `memoryWaitMs` that they did not. Returns a way to withdraw. */
  wait(
    bytes: number,
    onGranted: () => void,
    onRefused: () => void,
    use: MemoryUse = 'small',
  ): () => void {
    const waiting: Waiting = { bytes, onGranted, timer: undefined };
    const queue = this.#waiting[use];
    queue.add(waiting);
    const { memoryWaitMs } = this.#resources;
    if (memoryWaitMs !== Infinity) {
      waiting.timer = this.#clock.setTimeout(() => {
        queue.delete(waiting);
        onRefused();
        this.#grant();
      }, memoryWaitMs);
    }
    return () => {
      waiting.timer?.cancel();
      if (queue.delete(waiting)) this.#grant();
    };
  }

  /** Gives bytes back that a request had, small or not. */
  give(bytes: number, isSmall = true): void {
    this.#usedBytes -= bytes;
    if (!isSmall) this.#largeBytes -= bytes;
    const { rest, small, part } = this.#waiting;
    if (rest.size > 0 || small.size > 0 || part.size > 0) this.#grant();
  }

  /** In a loop, not by recursion: any number of requests may end as soon as they are granted. */
  #grant(): void {
    if (this.#isGranting) return;
    this.#isGranting = true;
    while (this.#grantFirst('rest') || this.#grantFirst('small') || this.#grantFirst('part'));
    this.#isGranting = false;
  }

  /** Grants the first of a queue as long as they fit; returns whether there was one. */
  #grantFirst(use: MemoryUse): boolean {
    const queue = this.#waiting[use];
    let hasGranted = false;
    for (const waiting of queue) {
      if (this.#isBehindRest(use) || !this.#fits(waiting.bytes, use)) break;
      queue.delete(waiting);
      waiting.timer?.cancel();
      this.#take(waiting.bytes, use);
      hasGranted = true;
      waiting.onGranted();
    }
    return hasGranted;
  }

  #take(bytes: number, use: MemoryUse): void {
    this.#usedBytes += bytes;
    if (use !== 'small') this.#largeBytes += bytes;
  }

  #isBehind(use: MemoryUse): boolean {
    return this.#waiting[use].size > 0 || this.#isBehindRest(use);
  }

  /** Requests that hold a part come before those that hold none. */
  #isBehindRest(use: MemoryUse): boolean {
    return use === 'part' && this.#waiting.rest.size > 0;
  }

  /** The reserve is for small requests, unless a larger one is the only one. */
  #fits(bytes: number, use: MemoryUse): boolean {
    const { maxMemoryBytes } = this.#resources;
    if (use === 'rest' && this.#usedBytes <= maxMemoryBytes) return true;
    if (this.#usedBytes + bytes > maxMemoryBytes) return false;
    if (use === 'small' || this.#largeBytes === 0) return true;
    const reserveBytes = maxMemoryBytes / RESERVE_DIVISOR;
    return this.#largeBytes + bytes <= maxMemoryBytes - reserveBytes;
  }
}
