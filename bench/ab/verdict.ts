import type { Estimate } from './bootstrap.ts';

/** A figure may be worse by this share. */
export const TOLERANCE = 0.03;

/**
 * What can be said of a figure with the confidence of its interval:
 *
 * - `worse`, `better`: by more than the tolerance.
 * - `same`: by no more than that.
 * - `no worse`: it may be better by more, but it is not worse by more.
 * - `undecided`: it may be worse by more, and it may not be.
 */
export type Verdict = 'worse' | 'same' | 'better' | 'no worse' | 'undecided';

/** Turns a ratio of what should be low, such as a time, so that above 1 the new side is better. */
export function toGain({ ratio, low, high }: Estimate, isLowerBetter: boolean): Estimate {
  return isLowerBetter ? { ratio: 1 / ratio, low: 1 / high, high: 1 / low } : { ratio, low, high };
}

/** Judges a figure by its gain, which is above 1 where the new side is better. */
export function judge({ low, high }: Estimate): Verdict {
  if (high < 1 - TOLERANCE) return 'worse';
  if (!(low >= 1 - TOLERANCE)) return 'undecided';
  if (low > 1 + TOLERANCE) return 'better';
  return high <= 1 + TOLERANCE ? 'same' : 'no worse';
}
