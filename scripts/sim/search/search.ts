import type { SimOptions } from '../options.ts';
import { Findings } from './findings.ts';
import { runSeeds } from './pool.ts';

/** Milliseconds between two lines of progress. */
const PROGRESS_MS = 10_000;

/** A search that has ended. */
export interface SearchResult {
  readonly findings: Findings;
  readonly minutes: number;
}

/** Runs many seeds, and says how it goes. */
export async function search(
  { seed: from, workers, twiceEvery, isFirstEnough }: SimOptions,
  count: number,
): Promise<SearchResult> {
  const findings = new Findings();
  const startedAt = performance.now();
  let toldAt = startedAt;
  await runSeeds({ from, count, twiceEvery }, workers, (outcome) => {
    for (const { operation, text } of findings.failures < 3 ? outcome.verdicts : []) {
      console.log(`seed ${outcome.seed}: operation ${operation}: ${text}`);
    }
    findings.add(outcome);
    const now = performance.now();
    if (now - toldAt >= PROGRESS_MS) {
      toldAt = now;
      console.log(progress(findings, now - startedAt));
    }
    return !isFirstEnough || findings.failures === 0;
  });
  const tookMs = performance.now() - startedAt;
  console.log(progress(findings, tookMs));
  if (findings.failures > 0) console.log(findings.toString());
  return { findings, minutes: tookMs / 60_000 };
}

function progress({ seeds, failures, steps, sights }: Findings, tookMs: number): string {
  const rate = (seeds / (tookMs / 1_000)).toFixed(0);
  const what = `${seeds} worlds, ${steps} steps, ${sights} sights`;
  return `sim: ${what} in ${(tookMs / 1_000).toFixed(0)} s (${rate} a second), ${failures} failed`;
}
