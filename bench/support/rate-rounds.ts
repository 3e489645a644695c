import { collectionFigures } from './collections.ts';
import { cpuFigures } from './cpu-time.ts';
import { Pair, type WorkerOptions } from './processes.ts';
import type { Settings } from './settings.ts';
import { Turns } from './turns.ts';
import type { Figures, Rounds, Workload } from './workload.ts';

/** A warm-up starts with this amount and takes at most so many times more each time. */
const FIRST_AMOUNT = 16;
const MAX_STEP = 16;

/** How many rounds' time the warm-up takes, so that the code is compiled when it is measured. */
const WARM_UP_ROUNDS = 3;

/** A shorter round says nothing. */
const MIN_ROUND_SECONDS = 0.03;

/**
 * Has all subjects repeat the work for a while, in turn, between processes that stay.
 *
 * @param deadline - by `performance.now`; rounds are made shorter to be done by then.
 */
export async function measureRate(
  workload: Workload,
  settings: Settings,
  options: WorkerOptions,
  deadline: number,
): Promise<Rounds> {
  const turns = new Turns<Turn>(workload, ({ pair }) => pair.stop());
  try {
    await turns.start(async (subject) => ({
      pair: await Pair.start(workload, subject, {
        ...options,
        heldStreams: settings.heldStreams,
      }),
      amount: 0,
      figures: [],
    }));
    const secondsLeft = (deadline - performance.now()) / 1e3;
    const fitting = secondsLeft / turns.states.size / (settings.rounds + WARM_UP_ROUNDS + 1);
    const roundSeconds = Math.max(MIN_ROUND_SECONDS, Math.min(settings.roundSeconds, fitting));
    await turns.take(async (turn) => {
      turn.amount = await prepare(turn.pair, workload, settings, roundSeconds);
    });
    for (let round = 0; round < settings.rounds; round++) {
      await turns.take(async ({ pair, amount, figures }) => {
        const before = await pair.collections();
        const round = await runRound(pair, amount);
        figures.push({ ...round, ...collectionFigures(before, await pair.collections()) });
      });
    }
    return new Map(Array.from(turns.states, ([subject, { figures }]) => [subject, figures]));
  } finally {
    await turns.stop();
  }
}

/** A round's figures, with the CPU time that each side spent on one of what it did. */
export async function runRound(pair: Pair, amount: number): Promise<Figures> {
  const before = await pair.ask('cpu');
  const { figures } = await pair.run(amount);
  const after = await pair.ask('cpu');
  return { ...figures, ...cpuFigures(before, after, amount) };
}

/** Warms both processes up. Returns how much work a round is. */
export async function prepare(
  pair: Pair,
  workload: Workload,
  settings: Settings,
  roundSeconds: number,
): Promise<number> {
  if (workload.warmUpAmount !== undefined) await pair.run(workload.warmUpAmount);
  return warmUp(pair, roundSeconds, workload.amount?.(settings));
}

/** What a subject has when it is its turn. */
interface Turn {
  readonly pair: Pair;
  /** How much work a round is. */
  amount: number;
  readonly figures: Figures[];
}

/** Repeats the work until its code is compiled. Returns how much of it a round takes, unless that is fixed. */
async function warmUp(
  pair: Pair,
  roundSeconds: number,
  fixedAmount: number | undefined,
): Promise<number> {
  if (fixedAmount !== undefined) {
    await pair.run(fixedAmount);
    return fixedAmount;
  }
  let amount = FIRST_AMOUNT;
  for (let spentSeconds = 0; ;) {
    const { seconds } = await pair.run(amount);
    spentSeconds += seconds;
    const factor = roundSeconds / Math.max(seconds, 1e-6);
    amount = Math.max(1, Math.round(amount * Math.min(factor, MAX_STEP)));
    if (factor < 2 && spentSeconds >= WARM_UP_ROUNDS * roundSeconds) return amount;
  }
}
