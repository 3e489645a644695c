import { medianCpuTaskMs } from '../compare/cpu-task.ts';
import { median } from '../support/figure.ts';
import { measureOnce } from '../support/memory-rounds.ts';
import { Pair, type WorkerOptions } from '../support/processes.ts';
import { prepare, runRound } from '../support/rate-rounds.ts';
import type { Figures, Workload } from '../support/workload.ts';
import type { PairedRound } from './comparison.ts';
import type { AbSettings } from './settings.ts';
import type { OfBoth, Side } from './sides.ts';

const SUBJECT = 'sluice';

/** A side's time is divided into so many parts; even, since they come in pairs. */
const PARTS = 6;

/** The warm-up is for so many parts' work at once: it lasts until the rate settles. */
const WARM_UP_PARTS = PARTS / 2;

/**
 * Measures both sides once, in new processes: how fast the same code runs differs from start to start,
 * by where it lies and when it was compiled, so rounds between processes that stay would agree with each
 * other more than they may.
 *
 * @param options - of each side's processes.
 * @param isNewFirst - which side begins; it is to alternate.
 */
export async function measurePairedRound(
  workload: Workload,
  settings: AbSettings,
  options: OfBoth<WorkerOptions>,
  isNewFirst: boolean,
): Promise<PairedRound> {
  const order: readonly [Side, Side] = isNewFirst ? ['new', 'old'] : ['old', 'new'];
  const measure = workload.measure === 'rate' ? measureRates : measureMemory;
  const before = medianCpuTaskMs();
  const figures = await measure(workload, settings, options, order);
  return { figures, cpuTaskMs: Math.max(before, medianCpuTaskMs()) };
}

/**
 * Each side does its work in short parts, so that what disturbs the machine for a while disturbs both:
 * the one, twice the other, the one again, and so on. The median of a side's parts is its value.
 */
async function measureRates(
  workload: Workload,
  settings: AbSettings,
  options: OfBoth<WorkerOptions>,
  [first, second]: readonly [Side, Side],
): Promise<OfBoth<Figures>> {
  const { heldStreams } = settings;
  const start = (side: Side): Promise<Pair> =>
    Pair.start(workload, SUBJECT, { ...options[side], heldStreams });
  await using firstPair = await start(first);
  await using secondPair = await start(second);
  const firstTurn = await toTurn(firstPair, workload, settings);
  const secondTurn = await toTurn(secondPair, workload, settings);
  for (let i = 0; i < PARTS; i += 2) {
    for (const { run } of [firstTurn, secondTurn, secondTurn, firstTurn]) await run();
  }
  return ofBoth(first, medianOf(firstTurn.parts), medianOf(secondTurn.parts));
}

/** The parts that a side has done, and the way to do one more. */
interface Turn {
  readonly parts: Figures[];
  readonly run: () => Promise<void>;
}

/** Warms a side up. By the clock alone, code would not be compiled yet where the machine is busy. */
async function toTurn(pair: Pair, workload: Workload, settings: AbSettings): Promise<Turn> {
  const warmUpSeconds = (settings.roundSeconds * WARM_UP_PARTS) / PARTS;
  const { amount } = await prepare(pair, workload, settings, warmUpSeconds);
  while ((await cpuMsOf(pair)) < settings.warmUpCpuMs) await pair.run(amount);
  const parts: Figures[] = [];
  const run = async (): Promise<void> => {
    parts.push(await runRound(pair, Math.ceil(amount / WARM_UP_PARTS)));
  };
  return { parts, run };
}

async function cpuMsOf(pair: Pair): Promise<number> {
  const { server, client } = await pair.ask('cpu');
  return (server + client) / 1e3;
}

async function measureMemory(
  workload: Workload,
  settings: AbSettings,
  options: OfBoth<WorkerOptions>,
  [first, second]: readonly [Side, Side],
): Promise<OfBoth<Figures>> {
  const ofFirst = await measureOnce(workload, SUBJECT, settings, options[first]);
  const ofSecond = await measureOnce(workload, SUBJECT, settings, options[second]);
  return ofBoth(first, ofFirst, ofSecond);
}

function ofBoth<T>(first: Side, ofFirst: T, ofSecond: T): OfBoth<T> {
  return first === 'old' ? { old: ofFirst, new: ofSecond } : { old: ofSecond, new: ofFirst };
}

/** The median of each figure. */
function medianOf(parts: readonly Figures[]): Figures {
  const names = Object.keys(parts[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, median(parts.map((figures) => figures[name] ?? Number.NaN))]),
  );
}
