import type { Clock } from '../../base/clock.ts';
import { TokenBucket } from '../../base/token-bucket.ts';
import {
  type CallLimits,
  concurrencyLimit,
  type NamedLimit,
  rateLimit,
  type VerbLimits,
} from './call-limits.ts';

/** Why a call is turned away. */
export interface Refusal {
  /** Names the option that sets the limit. */
  readonly text: string;
  /** Milliseconds to wait before another try, a whole number; undefined if that can't be known. */
  readonly retryAfterMs: number | undefined;
}

/** Counts the calls that share limits: those of a server, of a connection, or of a verb. */
export class Governor {
  readonly #concurrency: NamedLimit;
  readonly #rate: NamedLimit;
  readonly #bucket: TokenBucket;
  #running = 0;

  constructor(concurrency: NamedLimit, rate: NamedLimit) {
    this.#concurrency = concurrency;
    this.#rate = rate;
    this.#bucket = new TokenBucket(rate.limit);
  }

  /** Calls in progress. */
  get running(): number {
    return this.#running;
  }

  /**
   * The reason why a call that comes now (by any clock) is turned away; undefined when it may
   * enter.
   */
  refusal(now: number): Refusal | undefined {
    if (this.#running >= this.#concurrency.limit) {
      const text = `${this.#running} calls are in progress, as many as ${this.#concurrency.option} allows`;
      return { text, retryAfterMs: undefined };
    }
    const waitMs = this.#bucket.waitMs(now);
    if (waitMs === 0) return undefined;
    const text = `more than ${this.#rate.limit} calls a second, which ${this.#rate.option} does not allow`;
    return { text, retryAfterMs: Math.ceil(waitMs) };
  }

  /** Counts a call that has come and was not turned away. */
  count(): void {
    this.#bucket.take();
  }

  /** A call starts; `leave` must follow. */
  enter(): void {
    this.#running++;
  }

  /** A call is over. */
  leave(): void {
    this.#running--;
  }
}

/**
 * A governor for the limits of a server or a connection; undefined without limits.
 *
 * @throws OptionError that names the option out of bounds, with its group.
 */
export function governorOf(group: string, limits: CallLimits | undefined): Governor | undefined {
  return governor(
    concurrencyLimit(`${group}.maxConcurrentCalls`, limits?.maxConcurrentCalls),
    rateLimit(`${group}.callsPerSecond`, limits?.callsPerSecond),
  );
}

/**
 * A governor for the limits of a verb; undefined without limits.
 *
 * @throws OptionError that names the option out of bounds.
 */
export function verbGovernor(limits: VerbLimits): Governor | undefined {
  return governor(
    concurrencyLimit('maxConcurrent', limits.maxConcurrent),
    rateLimit('callsPerSecond', limits.callsPerSecond),
  );
}

function governor(concurrency: NamedLimit, rate: NamedLimit): Governor | undefined {
  const isUnlimited = concurrency.limit === Infinity && rate.limit === Infinity;
  return isUnlimited ? undefined : new Governor(concurrency, rate);
}

/**
 * A call's place with all its governors, within their limits of calls at one time. It has nothing to
 * do with the places of a `Gate`. It is kept until every part of the call has released it.
 */
export class CallPlace {
  readonly #governors: readonly Governor[];
  #holders = 0;

  constructor(governors: readonly Governor[]) {
    this.#governors = governors;
    this.hold();
  }

  /** A part of the call begins; `release` must follow. */
  hold(): void {
    if (this.#holders === 0) for (const each of this.#governors) each.enter();
    this.#holders++;
  }

  /** A part of the call is over. */
  release(): void {
    this.#holders--;
    if (this.#holders === 0) for (const each of this.#governors) each.leave();
  }
}

/**
 * Takes a place with all governors, held once, or with none of them: if one turns the call away, no
 * governor counts it. Without governors there is no place to keep.
 */
export function takePlace(
  governors: readonly Governor[],
  clock: Clock,
): CallPlace | Refusal | undefined {
  if (governors.length === 0) return undefined;
  const now = clock.now();
  for (const each of governors) {
    const refusal = each.refusal(now);
    if (refusal !== undefined) return refusal;
  }
  for (const each of governors) each.count();
  return new CallPlace(governors);
}
