/**
 * Runs seeds from 0 on until one breaks a promise, and tells its parent which; also while it goes on, so
 * that a seed that never ends shows.
 */

import { messageOf } from '../../../lib/errors/foreign.ts';
import { judge } from '../../sim/model/judge.ts';
import { drawPlan } from '../../sim/plan/draw.ts';
import { runPlan } from '../../sim/run/run-plan.ts';

/** A world that takes so many steps goes on for ever: others take some hundreds. */
const MAX_STEPS = 200_000;

/** A seed begins, with the text of what was broken by the last one. */
export interface SeedNews {
  readonly seed: number;
  /** Undefined when the seed begins, empty when the last one has gone well. */
  readonly text: string | undefined;
}

const [last = '19999', first = '0'] = process.argv.slice(2);
for (let seed = Number(first); seed <= Number(last); seed++) {
  tell({ seed, text: undefined });
  const text = await problemOf(seed);
  if (text === undefined) continue;
  tell({ seed, text });
  break;
}
process.disconnect();

async function problemOf(seed: number): Promise<string | undefined> {
  const plan = drawPlan(seed);
  try {
    const { history } = await runPlan(plan, { maxSteps: MAX_STEPS });
    return judge(plan, history)[0]?.text;
  } catch (error) {
    return messageOf(error);
  }
}

function tell(news: SeedNews): void {
  process.send?.(news);
}
