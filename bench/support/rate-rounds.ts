import { collectionFigures } from './collections.ts';
import { cpuFigures } from './cpu-time.ts';
import { Pace } from './pace.ts';
import { Pair, type WorkerOptions } from './processes.ts';
import { remarkFigures } from './remarks.ts';
import type { Settings } from './settings.ts';
import { Settling } from './settling.ts';
import { Turns } from './turns.ts';
import type { Figures, Rounds, Workload } from './workload.ts';

/** A warm-up starts with this amount and takes at most so many times more each time. */
const FIRST_AMOUNT = 16;
const MAX_STEP = 16;

/** How many rounds the warm-up mostly takes, until the code is compiled. */
const WARM_UP_ROUNDS = 6;

/** A shorter round says nothing. */
const MIN_ROUND_SECONDS = 0.03;

/**
 * Has all subjects repeat the work for a while, in turn, between processes that stay. A round beside which
 * the machine strays is done again.
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
      isSettled: false,
      figures: [],
    }));
    const secondsLeft = (deadline - performance.now()) / 1e3;
    const fitting = secondsLeft / turns.states.size / (settings.rounds + WARM_UP_ROUNDS + 1);
    const roundSeconds = Math.max(MIN_ROUND_SECONDS, Math.min(settings.roundSeconds, fitting));
    await turns.take(async (turn) => {
      Object.assign(turn, await prepare(turn.pair, workload, settings, roundSeconds));
    });
    const pace = new Pace();
    for (let round = 0; round < settings.rounds; round++) {
      await turns.take(async ({ pair, amount, isSettled, figures }) => {
        const { outcome, isSteady } = await pace.run(() => runCounted(pair, amount));
        figures.push({ ...outcome, ...remarkFigures(isSteady, isSettled) });
      });
    }
    return new Map(Array.from(turns.states, ([subject, { figures }]) => [subject, figures]));
  } finally {
    await turns.stop();
  }
}

/** A round's figures, with the collections in it. */
async function runCounted(pair: Pair, amount: number): Promise<Figures> {
  const before = await pair.collections();
  const round = await runRound(pair, amount);
  return { ...round, ...collectionFigures(before, await pair.collections()) };
}

/** A round's figures, with the CPU time that each side spent on one of what it did. */
export async function runRound(pair: Pair, amount: number): Promise<Figures> {
  const before = await pair.ask('cpu');
  const { figures } = await pair.run(amount);
  const after = await pair.ask('cpu');
  return { ...figures, ...cpuFigures(before, after, amount) };
}

/** Warms both processes up. */
export async function prepare(
  pair: Pick<Pair, 'run'>,
  workload: Workload,
  settings: Settings,
  roundSeconds: number,
): Promise<WarmUp> {
  if (workload.warmUpAmount !== undefined) await pair.run(workload.warmUpAmount);
  return warmUp(pair, roundSeconds, workload, workload.amount?.(settings));
}

/** What a warm-up has found out. */
export interface WarmUp {
  /** How much work a round is. */
  readonly amount: number;
  /** Whether the rate has settled. */
  readonly isSettled: boolean;
}

/** What a subject has when it is its turn. */
interface Turn extends WarmUp {
  readonly pair: Pair;
  readonly figures: Figures[];
}

/** Repeats the work until it becomes no faster. What has no fixed amount fits the time of a round then. */
async function warmUp(
  pair: Pick<Pair, 'run'>,
  roundSeconds: number,
  { name, settlesBy }: Pick<Workload, 'name' | 'settlesBy'>,
  fixedAmount: number | undefined,
): Promise<WarmUp> {
  let amount = fixedAmount ?? FIRST_AMOUNT;
  for (const settling = new Settling(); ;) {
    const { seconds, figures } = await pair.run(amount);
    const factor = fixedAmount === undefined ? roundSeconds / Math.max(seconds, 1e-6) : 1;
    const rate = settlesBy === undefined ? amount / seconds : figures[settlesBy];
    if (rate === undefined) throw new Error(`${name} has no figure ${settlesBy}`);
    if (factor < 2) settling.add(rate);
    amount = Math.max(1, Math.round(amount * Math.min(factor, MAX_STEP)));
    if (settling.isOver) return { amount, isSettled: settling.isSettled };
  }
}
