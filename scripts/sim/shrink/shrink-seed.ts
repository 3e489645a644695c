import { drawPlan } from '../plan/draw.ts';
import { judgePlan } from '../search/run-seed.ts';
import { printCase, printSpec } from './print-plan.ts';
import { shrink } from './shrink.ts';

/** Makes the program of a seed short and prints it. Returns whether all is well with the seed. */
export async function shrinkSeed(seed: number): Promise<boolean> {
  let steps = 0;
  const plan = await shrink(drawPlan(seed), () => steps++);
  const { verdicts } = await judgePlan(plan);
  const [first] = verdicts;
  if (first === undefined) {
    console.log(`sim: nothing is wrong with seed ${seed}`);
    return true;
  }
  console.log(
    `sim: ${steps} times simpler\n\n${printSpec(plan, first.text)}\n\n${printCase(plan)}`,
  );
  return false;
}
