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
  /** Names the option that is in the way. */
  readonly text: string;
  /** How long to wait before another try, in whole milliseconds; undefined where nobody knows. */
  readonly retryAfterMs: number | undefined;
}

/** Counts the calls that share limits: of a server, of a connection, or of a verb. */
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

  /** Why a call that comes now, by any clock, is turned away; undefined when it may enter. */
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

  /** A call has come that was not turned away just now. */
  count(): void {
    this.#bucket.take();
  }

  /** A call is in progress; `leave` is to follow. */
  enter(): void {
    this.#running++;
  }

  /** A call is in progress no more. */
  leave(): void {
    this.#running--;
  }
}

/** A governor for the limits of a server or a connection, if there are any. @throws OptionError naming what is out of bounds, in its group. */
export function governorOf(group: string, limits: CallLimits | undefined): Governor | undefined {
  return governor(
    concurrencyLimit(`${group}.maxConcurrentCalls`, limits?.maxConcurrentCalls),
    rateLimit(`${group}.callsPerSecond`, limits?.callsPerSecond),
  );
}

/** A governor for the limits of a verb, if there are any. @throws OptionError naming what is out of bounds. */
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

/** A call's place with all its governors, kept until every part of the call that holds it has let go. */
export class CallPlace {
  readonly #governors: readonly Governor[];
  #holders = 0;

  constructor(governors: readonly Governor[]) {
    this.#governors = governors;
    this.hold();
  }

  /** A part of the call goes on; `release` is to follow. */
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
 * A place with all governors, held once, or none with any of them: a call that one turns away counts
 * nowhere. Without governors there is no place to keep.
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
