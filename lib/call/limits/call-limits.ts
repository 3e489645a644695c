import { type Bounds, checkBounds } from '../../base/bounds.ts';
import { OptionError } from '../../errors/errors.ts';

/** Limits of calls for a server, or for each of its connections. What goes beyond is refused at once. */
export interface CallLimits {
  /**
   * Calls in progress at a time, those that wait for their turn in a Group among them. A call is in
   * progress until its handler, the work that it left in the background, and the streams of its
   * result have ended. @default Infinity
   */
  readonly maxConcurrentCalls?: number | undefined;
  /** Calls a second, fractions allowed. As many, at least one, may come at once after a pause. @default Infinity */
  readonly callsPerSecond?: number | undefined;
}

/** Limits of calls for a whole server and for each of its connections. */
export interface Governance extends CallLimits {
  /** The share of it that each connection may take. @default no limits of its own */
  readonly perConnection?: CallLimits | undefined;
}

/** Limits of the calls of one verb or method, over all connections. What goes beyond is refused at once. */
export interface VerbLimits {
  /** Number of calls in progress at a time, as `maxConcurrentCalls` of {@link CallLimits}. @default Infinity */
  readonly maxConcurrent?: number | undefined;
  /** As `callsPerSecond` of {@link CallLimits}. @default Infinity */
  readonly callsPerSecond?: number | undefined;
}

/** One limit, and the option that sets it. */
export interface NamedLimit {
  readonly limit: number;
  readonly option: string;
}

const CONCURRENCY: Bounds = { min: 1, isInfinityAllowed: true };
const RATE: Bounds = { min: 0, isInfinityAllowed: true, isFractionAllowed: true };

/** How many may be in progress. @throws OptionError that names the option. */
export function concurrencyLimit(option: string, limit: number = Infinity): NamedLimit {
  checkBounds(option, limit, CONCURRENCY);
  return { limit, option };
}

/** How many may come in a second. @throws OptionError that names the option. */
export function rateLimit(option: string, limit: number = Infinity): NamedLimit {
  checkBounds(option, limit, RATE);
  if (limit === 0) throw new OptionError(option, 'must be above 0');
  return { limit, option };
}
