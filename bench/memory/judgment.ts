import { median } from '../support/figure.ts';
import { type Sample, slopeOf } from './slope.ts';
import type { MemoryCourse } from './watch.ts';

const MIB = 1_048_576;

/** What is in use after forced collections may grow by so many MiB a minute: half of a leak that must be noticed. */
export const MAX_SETTLED_MIB_PER_MINUTE = 0.5;

/**
 * RSS may be so many MiB higher in the last third than in the middle one. It goes up in steps that mean
 * nothing, as large as V8's room for young objects; what leaks outside of the heap goes on to grow, and
 * shows in a run that is long enough.
 */
export const RSS_NOISE_MIB = 16;

/** Whether the memory of one side has grown, and by how much. */
export interface Judgment {
  /** Growth of what is in use after forced collections, over the last two thirds of the time. */
  readonly settledMiBPerMinute: number;
  /** By how much the median of RSS in the last third is above that of the middle one. */
  readonly rssGrowthMiB: number;
  readonly isFlat: boolean;
}

/** Judges a course that took so many seconds, whose first third does not count. */
export function judgeCourse({ settled, rss }: MemoryCourse, seconds: number): Judgment {
  const settledMiBPerMinute = (slopeOf(within(settled, seconds / 3, Infinity)) * 60) / MIB;
  const middle = within(rss, seconds / 3, (seconds * 2) / 3);
  const last = within(rss, (seconds * 2) / 3, Infinity);
  const rssGrowthMiB = (medianOf(last) - medianOf(middle)) / MIB;
  // What is no number, for want of samples, must not pass.
  const isFlat = settledMiBPerMinute <= MAX_SETTLED_MIB_PER_MINUTE && rssGrowthMiB <= RSS_NOISE_MIB;
  return { settledMiBPerMinute, rssGrowthMiB, isFlat };
}

function within(samples: readonly Sample[], from: number, to: number): Sample[] {
  return samples.filter(({ seconds }) => seconds >= from && seconds < to);
}

function medianOf(samples: readonly Sample[]): number {
  return median(samples.map(({ value }) => value));
}
