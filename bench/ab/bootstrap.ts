import { median, percentile } from '../support/figure.ts';

/** A round's value of the old side and that of the new one, measured in turn. */
export type Sample = readonly [before: number, after: number];

/** A ratio, and where it lies with a confidence of 95 %. */
export interface Estimate {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

const CONFIDENCE = 0.95;
const RESAMPLES = 4_000;

/** The same samples always have the same interval. */
const SEED = 1;

/**
 * The ratio of the medians, new to old, and its interval by the bootstrap: so many times as many rounds
 * are drawn at random as there are, each with both its values, and the ratio is taken of these. What
 * disturbed both sides of a round alike thus hardly widens it.
 */
export function estimateRatio(samples: readonly Sample[]): Estimate {
  const random = seededRandom(SEED);
  const ratios = Array.from({ length: RESAMPLES }, () =>
    // The index is below the length.
    ratioOfMedians(samples.map(() => samples[Math.floor(random() * samples.length)]!)),
  );
  const tail = (1 - CONFIDENCE) / 2;
  return {
    ratio: ratioOfMedians(samples),
    low: percentile(ratios, tail),
    high: percentile(ratios, 1 - tail),
  };
}

function ratioOfMedians(samples: readonly Sample[]): number {
  const before = median(samples.map(([value]) => value));
  const after = median(samples.map(([, value]) => value));
  // Nothing and nothing are alike.
  return before === after ? 1 : after / before;
}

/** Numbers from 0 to below 1, the same ones for a seed: the generator that is called mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
