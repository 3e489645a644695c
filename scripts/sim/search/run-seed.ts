import { createHash } from 'node:crypto';
import { messageOf } from '../../../lib/errors/foreign.ts';
import type { Verdict } from '../model/case.ts';
import { judge } from '../model/judge.ts';
import { drawPlan } from '../plan/draw.ts';
import type { Plan } from '../plan/plan.ts';
import { runPlan } from '../run/run-plan.ts';

/** The world of a seed, in short. */
export interface SeedOutcome {
  readonly seed: number;
  readonly verdicts: readonly Verdict[];
  readonly steps: number;
  /** Items, calls and the like that were seen. */
  readonly sights: number;
}

/** How a plan has gone. */
export interface PlanOutcome {
  readonly verdicts: readonly Verdict[];
  readonly steps: number;
  readonly sights: number;
  /** Of all that has happened, to the byte. */
  readonly digest: string;
}

/** Runs the program of a seed. With `isTwice` it runs again, and has to go in the same way to the byte. */
export async function runSeed(seed: number, isTwice: boolean): Promise<SeedOutcome> {
  const plan = drawPlan(seed);
  const { verdicts, steps, sights, digest } = await judgePlan(plan);
  const hasRepeated = !isTwice || (await judgePlan(plan)).digest === digest;
  const more = hasRepeated ? [] : [{ operation: 0, text: 'the same seed has gone another way' }];
  return { seed, verdicts: [...verdicts, ...more], steps, sights };
}

/** Runs a plan and judges it. A world that fails is a verdict. */
export async function judgePlan(plan: Plan): Promise<PlanOutcome> {
  try {
    const { history, trace, steps } = await runPlan(plan);
    const digest = digestOf(`${JSON.stringify(history)}\n${trace.toString()}`);
    return { verdicts: judge(plan, history), steps, sights: history.sights.length, digest };
  } catch (error) {
    const text = `the world failed: ${messageOf(error)}${placeOf(error)}`;
    return { verdicts: [{ operation: 0, text }], steps: 0, sights: 0, digest: digestOf(text) };
  }
}

/** The first line of the stack that tells where the failure came from. */
function placeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const stack = cause instanceof Error ? (cause.stack ?? '') : '';
  const line = stack.split('\n').find((text) => text.trimStart().startsWith('at '));
  return line === undefined ? '' : ` ${line.trim()}`;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
