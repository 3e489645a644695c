import { Pair, type WorkerOptions } from './processes.ts';
import type { Settings } from './settings.ts';
import { type Rounds, type SubjectName, SUBJECTS, type Workload } from './workload.ts';

/** A warm-up starts with this amount and takes at most so many times more each time. */
const FIRST_AMOUNT = 16;
const MAX_STEP = 16;

/** How many rounds' time the warm-up takes, so that the code is compiled when it is measured. */
const WARM_UP_ROUNDS = 3;

/** A shorter round says nothing. */
const MIN_ROUND_SECONDS = 0.03;

/**
 * Has both subjects repeat the work for a while, in turn, between processes that stay.
 *
 * @param deadline - by `performance.now`; rounds are made shorter to be done by then.
 */
export async function measureRate(
  workload: Workload,
  settings: Settings,
  options: WorkerOptions,
  deadline: number,
): Promise<Rounds> {
  const pairs = await startPairs(workload, options);
  try {
    const secondsLeft = (deadline - performance.now()) / 1e3;
    const fitting = secondsLeft / SUBJECTS.length / (settings.rounds + WARM_UP_ROUNDS + 1);
    const roundSeconds = Math.max(MIN_ROUND_SECONDS, Math.min(settings.roundSeconds, fitting));
    const amounts = {
      floor: await warmUp(pairs.floor, roundSeconds),
      sluice: await warmUp(pairs.sluice, roundSeconds),
    };
    const rounds: Rounds = { floor: [], sluice: [] };
    for (let round = 0; round < settings.rounds; round++) {
      for (const subject of SUBJECTS) {
        const { figures } = await pairs[subject].run(amounts[subject]);
        rounds[subject].push(figures);
      }
    }
    return rounds;
  } finally {
    await Promise.all(SUBJECTS.map((subject) => pairs[subject].stop()));
  }
}

async function startPairs(
  workload: Workload,
  options: WorkerOptions,
): Promise<Record<SubjectName, Pair>> {
  const [floor, sluice] = await Promise.allSettled([
    Pair.start(workload, 'floor', options),
    Pair.start(workload, 'sluice', options),
  ]);
  if (floor.status === 'rejected' || sluice.status === 'rejected') {
    if (floor.status === 'fulfilled') await floor.value.stop();
    if (sluice.status === 'fulfilled') await sluice.value.stop();
    throw floor.status === 'rejected' ? floor.reason : (sluice as PromiseRejectedResult).reason;
  }
  return { floor: floor.value, sluice: sluice.value };
}

/** Warms both processes up. Returns how much work a round takes. */
async function warmUp(pair: Pair, roundSeconds: number): Promise<number> {
  let amount = FIRST_AMOUNT;
  for (let spentSeconds = 0; ;) {
    const { seconds } = await pair.run(amount);
    spentSeconds += seconds;
    const factor = roundSeconds / Math.max(seconds, 1e-6);
    amount = Math.max(1, Math.round(amount * Math.min(factor, MAX_STEP)));
    if (factor < 2 && spentSeconds >= WARM_UP_ROUNDS * roundSeconds) return amount;
  }
}
