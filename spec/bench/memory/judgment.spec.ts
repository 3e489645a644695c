import { expect } from 'chai';

import { judgeCourse } from '../../../bench/memory/judgment.ts';
import type { MemoryCourse } from '../../../bench/memory/watch.ts';

const MIB = 1_048_576;
const SECONDS = 60;

/** What a reader of small messages had in use every 5 seconds, in MiB: it goes to and fro, and leaks nothing. */
const SETTLED = [
  28.58, 28.73, 28.59, 28.39, 28.38, 28.65, 28.41, 28.44, 28.43, 28.45, 28.63, 28.69,
];
const SETTLED_EVERY = SECONDS / SETTLED.length;

/** A side of a run. @param at - MiB at a time in seconds. */
function course(at: {
  readonly settled?: (seconds: number) => number;
  readonly rss?: (seconds: number) => number;
}): MemoryCourse {
  const { settled = () => 30, rss = () => 90 } = at;
  const samples = (everySeconds: number, valueAt: (seconds: number) => number): Sample[] =>
    Array.from({ length: SECONDS / everySeconds }, (_, i) => {
      const seconds = (i + 1) * everySeconds;
      return { seconds, value: valueAt(seconds) * MIB };
    });
  return { settled: samples(SETTLED_EVERY, settled), rss: samples(1, rss) };
}

type Sample = MemoryCourse['rss'][number];

function settledAt(seconds: number): number {
  return SETTLED[Math.round(seconds / SETTLED_EVERY) - 1] ?? Number.NaN;
}

describe('judgeCourse', () => {
  it('takes what goes to and fro for flat', () => {
    const judgment = judgeCourse(course({ settled: settledAt }), SECONDS);
    expect(judgment.isFlat).to.be.true;
    expect(judgment.settledMiBPerMinute).to.be.within(-0.5, 0.5);
  });

  it('notices a leak of 1 MiB a minute below it', () => {
    const leaking = (seconds: number): number => settledAt(seconds) + seconds / 60;
    const judgment = judgeCourse(course({ settled: leaking }), SECONDS);
    expect(judgment.isFlat).to.be.false;
    expect(judgment.settledMiBPerMinute).to.be.within(0.5, 1.5);
  });

  it('passes over what grows in the first third', () => {
    const early = (seconds: number): number => (seconds < SECONDS / 3 ? seconds : 20);
    const judgment = judgeCourse(course({ settled: early, rss: early }), SECONDS);
    expect(judgment).to.deep.equal({ settledMiBPerMinute: 0, rssGrowthMiB: 0, isFlat: true });
  });

  it('passes over steps of RSS within the noise, and over peaks', () => {
    const peaks = new Map([[55, 200]]);
    const stepping = (seconds: number): number => peaks.get(seconds) ?? (seconds < 40 ? 90 : 103);
    const judgment = judgeCourse(course({ rss: stepping }), SECONDS);
    expect(judgment.rssGrowthMiB).to.equal(13);
    expect(judgment.isFlat).to.be.true;
  });

  it('notices memory that grows outside of the heap, by RSS', () => {
    const judgment = judgeCourse(course({ rss: (seconds) => 90 + seconds }), SECONDS);
    expect(judgment.rssGrowthMiB).to.be.closeTo(20, 1);
    expect(judgment.isFlat).to.be.false;
  });

  it('takes nothing for flat that was not looked at', () => {
    expect(judgeCourse({ settled: [], rss: [] }, SECONDS).isFlat).to.be.false;
    const { settled, rss } = course({});
    expect(judgeCourse({ settled: settled.slice(-1), rss }, SECONDS).isFlat).to.be.false;
    expect(judgeCourse({ settled, rss: [] }, SECONDS).isFlat).to.be.false;
  });
});
