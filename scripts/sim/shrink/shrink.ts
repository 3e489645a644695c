import type { Verdict } from '../model/case.ts';
import type { Plan } from '../plan/plan.ts';
import { judgePlan } from '../search/run-seed.ts';
import { candidates } from './candidates.ts';

/** Seeds of the world that are tried with each simpler plan: its order of events is another one. */
const SEEDS_EACH = 3;

/** How much work is spent on a plan. */
const MAX_RUNS = 3_000;

/** A verdict without its numbers: two plans fail in the same way if they have one in common. */
export function kindOf({ text }: Verdict): string {
  return text.replaceAll(/\d+/g, 'N');
}

/**
 * Makes a plan that fails as short as possible: it fails in the same way.
 *
 * @param onStep - called with each shorter plan that still fails.
 */
export async function shrink(plan: Plan, onStep: (plan: Plan) => void = () => {}): Promise<Plan> {
  const { verdicts } = await judgePlan(plan);
  const kinds = new Set(verdicts.map(kindOf));
  if (kinds.size === 0) return plan;
  const budget = { runs: MAX_RUNS };
  let shortest = plan;
  for (let next: Plan | undefined; (next = await simpler(shortest, kinds, budget)) !== undefined;) {
    shortest = next;
    onStep(shortest);
  }
  return shortest;
}

/** The first simpler plan that fails in one of these ways. */
async function simpler(
  plan: Plan,
  kinds: ReadonlySet<string>,
  budget: { runs: number },
): Promise<Plan | undefined> {
  for (const candidate of candidates(plan)) {
    for (let more = 0; more < SEEDS_EACH; more++) {
      if (budget.runs-- <= 0) return undefined;
      const seeded = { ...candidate, seed: plan.seed + more };
      const { verdicts } = await judgePlan(seeded);
      if (verdicts.some((verdict) => kinds.has(kindOf(verdict)))) return seeded;
    }
  }
  return undefined;
}
