import { ANY_AMOUNT, type NumberOptions, resolveNumbers } from '../base/bounds.ts';
import type { OptionKind } from '../base/read-options.ts';
import { shownValue } from '../base/shown-value.ts';
import { OptionError } from '../errors/errors.ts';

/** How a client connects again. */
export interface ReconnectOptions {
  /**
   * Upper bound in milliseconds of the first delay. Each delay is random, from 0 to a bound that
   * doubles with every attempt.
   *
   * @default 100
   */
  readonly minDelayMs?: number | undefined;
  /** Milliseconds beyond which the bound of the delays does not grow. @default 10_000 */
  readonly maxDelayMs?: number | undefined;
  /**
   * Number of attempts in a row that may fail, counted from 1 again after each connection. Then the
   * client is closed, with the error of the last attempt.
   *
   * @default Infinity
   */
  readonly maxAttempts?: number | undefined;
  /**
   * Milliseconds from the loss of a connection in which another attempt may begin; for the first
   * connection, from the start. Then the client is closed, with the error of the last attempt.
   *
   * @default Infinity
   */
  readonly giveUpAfterMs?: number | undefined;
  /**
   * Milliseconds that a connection must have lived for the delays to begin at `minDelayMs` again.
   *
   * @default 15_000
   */
  readonly stableAfterMs?: number | undefined;
}

/** {@link ReconnectOptions}, complete. */
export type ReconnectRules = Readonly<Record<keyof ReconnectOptions, number>>;

const DELAY = Object.freeze({ min: 1, isFractionAllowed: true });

/** Bounds and defaults of {@link ReconnectOptions}. */
export const RECONNECT_NUMBERS: NumberOptions<keyof ReconnectOptions> = Object.freeze({
  minDelayMs: { ...DELAY, default: 100 },
  maxDelayMs: { ...DELAY, default: 10_000 },
  maxAttempts: { min: 1, isInfinityAllowed: true, default: Infinity },
  giveUpAfterMs: { ...ANY_AMOUNT, default: Infinity },
  stableAfterMs: { ...ANY_AMOUNT, default: 15_000 },
});

/** What is offered for it: a client with one connection does not come back to what its server keeps. */
export function offeredKeepMs(rules: ReconnectRules | undefined): number | undefined {
  return rules === undefined ? 0 : undefined;
}

/** The kind of the option; {@link resolveReconnect} judges what is in it. */
export const RECONNECT: OptionKind = (value) =>
  typeof value === 'boolean' || (typeof value === 'object' && value !== null)
    ? undefined
    : `must be true, false or an object, not ${shownValue(value)}`;

/**
 * Fills in the defaults; undefined for a client that stays closed once its connection is lost.
 *
 * @throws OptionError that names the option out of bounds.
 */
export function resolveReconnect(
  given: ReconnectOptions | boolean = true,
): ReconnectRules | undefined {
  if (given === false) return undefined;
  const rules = resolveNumbers('reconnect', given === true ? {} : given, RECONNECT_NUMBERS);
  const { minDelayMs, maxDelayMs } = rules;
  if (minDelayMs <= maxDelayMs) return rules;
  throw new OptionError(
    'reconnect.minDelayMs',
    `must be at most reconnect.maxDelayMs (${maxDelayMs}), not ${minDelayMs}`,
  );
}
