import { isLowerBetter } from '../results/quantity.ts';
import type { Figure } from '../support/figure.ts';

/** Differences up to this share are noise, however small the spread of a few rounds came out. */
const LEAST_NOISE = 0.03;

/** What became of one figure of sluice from one run to another. */
export interface Change {
  readonly name: string;
  /** The ratio to the floor of the same run. */
  readonly before: number;
  readonly after: number;
  /** By what share the ratio changed; above 0 is a larger ratio, which need not be better. */
  readonly change: number;
  /** Up to what share it may change without meaning anything. */
  readonly noise: number;
  readonly outcome: 'same' | 'better' | 'worse';
}

/** All figures of sluice that both runs have, in the order of the later run. */
export function compareRuns(before: readonly Figure[], after: readonly Figure[]): Change[] {
  return after
    .filter(({ subject }) => subject === 'sluice')
    .flatMap((figure) => {
      const earlier = findFigure(before, figure.name, 'sluice');
      return earlier === undefined ? [] : [toChange(earlier, before, figure, after)];
    });
}

/** Names of sluice's figures that the one run has and the other has not. */
export function findUnmatched(run: readonly Figure[], other: readonly Figure[]): string[] {
  return run
    .filter(({ name, subject }) => subject === 'sluice' && !findFigure(other, name, subject))
    .map(({ name }) => name);
}

function toChange(
  earlier: Figure,
  before: readonly Figure[],
  later: Figure,
  after: readonly Figure[],
): Change {
  const change = later.ratio / earlier.ratio - 1;
  const noise = Math.max(LEAST_NOISE, noiseOf(earlier, before), noiseOf(later, after));
  const gain = isLowerBetter(later.unit) ? -change : change;
  return {
    name: later.name,
    before: earlier.ratio,
    after: later.ratio,
    change,
    noise,
    outcome: judge(gain, noise),
  };
}

function judge(gain: number, noise: number): Change['outcome'] {
  if (Math.abs(gain) <= noise) return 'same';
  return gain > 0 ? 'better' : 'worse';
}

/** How far a ratio strays: its rounds and the floor's each to one side by half of their spread. */
function noiseOf({ name, spread }: Figure, run: readonly Figure[]): number {
  const floorSpread = findFigure(run, name, 'floor')?.spread ?? 0;
  return (spread + floorSpread) / 2;
}

function findFigure(run: readonly Figure[], name: string, subject: string): Figure | undefined {
  return run.find((figure) => figure.name === name && figure.subject === subject);
}
