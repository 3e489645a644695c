import type { Verdict } from './file-trial.ts';
import type { LibraryMutant } from './instrument.ts';
import type { Survivors } from './survivors.ts';
import { type Area, AREAS, type Target } from './targets.ts';

interface Score {
  all: number;
  tried: number;
  killed: number;
  explained: number;
}

/** Counts what the specs noticed. */
export class Scores {
  readonly #survivors: Survivors;
  readonly #byArea = new Map<Area, Score>();
  readonly #unexplained: string[] = [];

  constructor(survivors: Survivors) {
    this.#survivors = survivors;
  }

  /** Adds a file's mutants; those without a verdict have not been tried. */
  add(
    { area, file }: Pick<Target, 'area' | 'file'>,
    mutants: readonly LibraryMutant[],
    verdicts: Readonly<Record<string, Verdict>>,
  ): void {
    const score = this.#byArea.get(area) ?? { all: 0, tried: 0, killed: 0, explained: 0 };
    this.#byArea.set(area, score);
    for (const mutant of mutants) {
      const verdict = verdicts[mutant.id];
      score.all++;
      if (verdict === undefined) continue;
      score.tried++;
      if (verdict === 'killed') score.killed++;
      else if (this.#survivors.reasonFor(file, mutant) !== undefined) score.explained++;
      else this.#unexplained.push(`${file}: ${mutant.change} (${mutant.mutator}) ${verdict}`);
    }
  }

  /** One line for each survivor that has no reason. */
  unexplained(): readonly string[] {
    return this.#unexplained;
  }

  /** One line for each area in which too little was noticed. */
  belowThreshold(): string[] {
    return Array.from(this.#byArea)
      .filter(([{ threshold }, score]) => percentOf(score) < threshold)
      .map(([{ name, threshold }, score]) => {
        return `${name}: ${percentOf(score).toFixed(1)} % noticed, not ${threshold} %`;
      });
  }

  /** One line for each area. */
  lines(): string[] {
    return AREAS.flatMap((area) => {
      const score = this.#byArea.get(area);
      if (score === undefined) return [];
      const { all, tried, killed, explained } = score;
      const share = `${percentOf(score).toFixed(1)} % noticed`;
      return `${area.name}: ${share}: ${killed} of ${tried} tried of ${all}; ${explained} explained`;
    });
  }
}

function percentOf({ tried, killed }: Score): number {
  return tried === 0 ? 100 : (100 * killed) / tried;
}
