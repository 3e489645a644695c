import { compareFigure, type Comparison, type FigureName, type PairedRound } from './comparison.ts';
import { steadyOf } from './steadiness.ts';

/** How many rounds a workload gets. */
export interface RoundCounts {
  /** At least, and before each look at what they gave. */
  readonly rounds: number;
  /** At most, while some figure is undecided. */
  readonly maxRounds: number;
}

/** Measures the round of that number, from 0. */
export type MeasureRound = (round: number) => Promise<PairedRound>;

/**
 * Compares all figures of a workload. Those that come out worse are measured once more from the start,
 * and the second result counts: of many figures some seem to be worse by chance, but hardly twice.
 */
export async function decideFigures(
  figures: readonly FigureName[],
  counts: RoundCounts,
  measureRound: MeasureRound,
): Promise<Comparison[]> {
  const comparisons = await measureUntilDecided(figures, counts, measureRound);
  const worse = figures.filter((_, i) => comparisons[i]?.verdict === 'worse');
  if (worse.length === 0) return comparisons;
  const confirmed = await measureUntilDecided(worse, counts, measureRound);
  return comparisons.map((first) => confirmed.find(({ name }) => name === first.name) ?? first);
}

/** Measures rounds until every figure of a workload is decided, or there have been enough. */
async function measureUntilDecided(
  figures: readonly FigureName[],
  { rounds, maxRounds }: RoundCounts,
  measureRound: MeasureRound,
): Promise<Comparison[]> {
  const measured: PairedRound[] = [];
  const measureUpTo = async (count: number): Promise<void> => {
    while (measured.length < Math.min(count, maxRounds)) {
      measured.push(await measureRound(measured.length));
    }
  };
  for (;;) {
    await measureUpTo(measured.length + rounds);
    const strayed = measured.length - steadyOf(measured).length;
    // Too few would be left without them.
    if (measured.length - strayed < rounds) await measureUpTo(measured.length + strayed);
    const comparisons = figures.map((figure) => compareFigure(figure, measured));
    const isDecided = comparisons.every(({ verdict }) => verdict !== 'undecided');
    if (isDecided || measured.length >= maxRounds) return comparisons;
  }
}
