import { isLowerBetter } from '../results/quantity.ts';
import { median } from '../support/figure.ts';
import type { Figures } from '../support/workload.ts';
import { type Estimate, estimateRatio, type Sample } from './bootstrap.ts';
import type { OfBoth } from './sides.ts';
import { steadyOf } from './steadiness.ts';
import { judge, toGain, type Verdict } from './verdict.ts';

/** What both sides gave in one round, and how long the fixed CPU task took beside it. */
export interface PairedRound {
  readonly figures: OfBoth<Figures>;
  readonly cpuTaskMs: number;
}

/** A figure that is compared. */
export interface FigureName {
  readonly workload: string;
  /** What is appended to the workload's name. */
  readonly suffix: string;
  readonly unit: string;
}

/** Microseconds of CPU for each thing that was done, on both sides of the connection. */
export interface CpuCost {
  readonly server: number;
  readonly client: number;
}

/** One figure of both sides. Gains are above 1 where the new side is better. */
export interface Comparison {
  readonly name: string;
  readonly unit: string;
  /** The medians of the rounds that count. */
  readonly values: OfBoth<number>;
  readonly gain: Estimate;
  /** Of server and client together; undefined where memory is measured. */
  readonly cpu: { readonly costs: OfBoth<CpuCost>; readonly gain: Estimate } | undefined;
  readonly rounds: number;
  /** Rounds that do not count, because the machine was slower than in most. */
  readonly strayed: number;
  readonly verdict: Verdict;
}

/** Compares one figure. @throws if a round does not have it. */
export function compareFigure(
  { workload, suffix, unit }: FigureName,
  rounds: readonly PairedRound[],
): Comparison {
  const name = workload + suffix;
  const steady = steadyOf(rounds);
  const samples = samplesOf(steady, (figures) => figures[suffix] ?? Number.NaN);
  if (samples.flat().some(Number.isNaN)) throw new Error(`${name} has no value in some round`);
  const gain = toGain(estimateRatio(samples), isLowerBetter(unit));
  return {
    name,
    unit,
    values: mediansOf(samples),
    gain,
    cpu: compareCpu(steady),
    rounds: rounds.length,
    strayed: rounds.length - steady.length,
    verdict: judge(gain),
  };
}

function compareCpu(rounds: readonly PairedRound[]): Comparison['cpu'] {
  const server = samplesOf(rounds, (figures) => figures['.cpu.server'] ?? Number.NaN);
  const client = samplesOf(rounds, (figures) => figures['.cpu.client'] ?? Number.NaN);
  if ([...server, ...client].flat().some(Number.isNaN)) return undefined;
  const both = server.map(([before, after], i): Sample => {
    const [clientBefore = 0, clientAfter = 0] = client[i] ?? [];
    return [before + clientBefore, after + clientAfter];
  });
  const ofServer = mediansOf(server);
  const ofClient = mediansOf(client);
  return {
    costs: {
      old: { server: ofServer.old, client: ofClient.old },
      new: { server: ofServer.new, client: ofClient.new },
    },
    gain: toGain(estimateRatio(both), true),
  };
}

function samplesOf(
  rounds: readonly PairedRound[],
  valueOf: (figures: Figures) => number,
): readonly Sample[] {
  return rounds.map(({ figures }) => [valueOf(figures.old), valueOf(figures.new)]);
}

function mediansOf(samples: readonly Sample[]): OfBoth<number> {
  return {
    old: median(samples.map(([before]) => before)),
    new: median(samples.map(([, after]) => after)),
  };
}
