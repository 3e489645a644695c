import { type Bounds, checkBounds } from '../../base/bounds.ts';
import { ANY, OBJECT } from '../../base/option-kinds.ts';
import type { OptionTable } from '../../base/read-options.ts';
import { OptionError } from '../../errors/errors.ts';

/**
 * Limits of calls for a server, or for each of its connections. A call beyond a limit is refused at
 * once.
 */
export interface CallLimits {
  /**
   * Number of calls that may be in progress at a time, including calls that wait for their turn in
   * a Group. A call is in progress until its handler, its background work, and the streams of its
   * result have ended.
   *
   * @default Infinity
   */
  readonly maxConcurrentCalls?: number | undefined;
  /**
   * Calls that may come in a second, fractions allowed. After a pause, one second's calls, but at
   * least one, may come at once.
   *
   * @default Infinity
   */
  readonly callsPerSecond?: number | undefined;
}

/** Limits of calls for a whole server and for each of its connections. */
export interface Governance extends CallLimits {
  /** Limits of calls for each connection, within those of the server. @default no limits */
  readonly perConnection?: CallLimits | undefined;
}

/**
 * Limits of the calls of one verb or method, over all connections. A call beyond a limit is refused
 * at once.
 */
export interface VerbLimits {
  /**
   * Number of calls that may be in progress at a time; see `maxConcurrentCalls` of
   * {@link CallLimits}.
   *
   * @default Infinity
   */
  readonly maxConcurrent?: number | undefined;
  /**
   * Calls that may come in a second; see `callsPerSecond` of {@link CallLimits}.
   *
   * @default Infinity
   */
  readonly callsPerSecond?: number | undefined;
}

/** The kinds of {@link CallLimits}; a governor judges the numbers. */
export const CALL_LIMITS: OptionTable<CallLimits> = Object.freeze({
  maxConcurrentCalls: ANY,
  callsPerSecond: ANY,
});

/** The kinds of {@link Governance}. */
export const GOVERNANCE: OptionTable<Governance> = Object.freeze({
  ...CALL_LIMITS,
  perConnection: OBJECT,
});

/** The kinds of {@link VerbLimits}; a governor judges the numbers. */
export const VERB_LIMITS: OptionTable<VerbLimits> = Object.freeze({
  maxConcurrent: ANY,
  callsPerSecond: ANY,
});

/** One limit, and the option that sets it. */
export interface NamedLimit {
  readonly limit: number;
  readonly option: string;
}

const CONCURRENCY: Bounds = { min: 1, isInfinityAllowed: true };
const RATE: Bounds = { min: 0, isInfinityAllowed: true, isFractionAllowed: true };

/** A limit of calls in progress. @throws OptionError that names the option. */
export function concurrencyLimit(option: string, limit: number = Infinity): NamedLimit {
  checkBounds(option, limit, CONCURRENCY);
  return { limit, option };
}

/** A limit of calls in a second. @throws OptionError that names the option. */
export function rateLimit(option: string, limit: number = Infinity): NamedLimit {
  checkBounds(option, limit, RATE);
  if (limit === 0) throw new OptionError(option, 'must be a number above 0, not 0');
  return { limit, option };
}
