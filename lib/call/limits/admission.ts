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
   * Milliseconds that a request waits for memory or a place before it is refused. With Infinity it
   * waits for ever, as in Seastar.
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
}

/** Bounds and defaults of {@link ResourceLimits}. */
export const RESOURCES: NumberOptions<keyof ResourceLimits> = Object.freeze({
  basicRequestBytes: { ...ANY_AMOUNT, default: 0 },
  bloatFactor: { ...ANY_AMOUNT, default: 1 },
  maxMemoryBytes: { ...ANY_AMOUNT, default: 268_435_456 },
  memoryWaitMs: { ...ANY_AMOUNT, default: 10_000 },
  maxInFlight: { ...ANY_AMOUNT, min: 1, default: 4_096 },
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

interface Waiting {
  readonly bytes: number;
  readonly onGranted: () => void;
  timer: Timer | undefined;
}

/** Hands out the memory for a server's requests, in the order of asking. */
export class MemoryBudget {
  readonly #clock: Clock;
  readonly #resources: ResourceLimits;
  readonly #waiting = new Set<Waiting>();
  #usedBytes = 0;
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

  /** Takes the bytes if they are free and no other request waits. */
  tryTake(bytes: number): boolean {
    if (this.#waiting.size > 0 || !this.#fits(bytes)) return false;
    this.#usedBytes += bytes;
    return true;
  }

  /**
   * Takes the bytes when they become free; calls `onRefused` if they do not within `memoryWaitMs`.
   * Returns a function that withdraws the wait.
   */
  wait(bytes: number, onGranted: () => void, onRefused: () => void): () => void {
    const waiting: Waiting = { bytes, onGranted, timer: undefined };
    this.#waiting.add(waiting);
    const { memoryWaitMs } = this.#resources;
    if (memoryWaitMs !== Infinity) {
      waiting.timer = this.#clock.setTimeout(() => {
        this.#waiting.delete(waiting);
        onRefused();
        this.#grant();
      }, memoryWaitMs);
    }
    return () => {
      waiting.timer?.cancel();
      if (this.#waiting.delete(waiting)) this.#grant();
    };
  }

  /** Gives bytes back. */
  give(bytes: number): void {
    this.#usedBytes -= bytes;
    if (this.#waiting.size > 0) this.#grant();
  }

  /** In a loop, not by recursion: any number of requests may end as soon as they are granted. */
  #grant(): void {
    if (this.#isGranting) return;
    this.#isGranting = true;
    for (const waiting of this.#waiting) {
      if (!this.#fits(waiting.bytes)) break;
      this.#waiting.delete(waiting);
      waiting.timer?.cancel();
      this.#usedBytes += waiting.bytes;
      waiting.onGranted();
    }
    this.#isGranting = false;
  }

  #fits(bytes: number): boolean {
    return this.#usedBytes + bytes <= this.#resources.maxMemoryBytes;
  }
}
