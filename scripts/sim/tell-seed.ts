import { WorldError } from '../../lib/simulation/world/world-error.ts';
import type { Trace } from '../../lib/simulation/world/trace.ts';
import { judge } from './model/judge.ts';
import type { SimOptions } from './options.ts';
import { drawPlan } from './plan/draw.ts';
import type { Sight } from './run/history.ts';
import { runPlan } from './run/run-plan.ts';

/** Runs one seed, and tells its program, what was seen, and the verdicts. Returns whether all is well. */
export async function tellSeed({ seed, isTraceWanted }: SimOptions): Promise<boolean> {
  const plan = drawPlan(seed);
  console.log(JSON.stringify(plan, undefined, 2));
  try {
    const { history, trace } = await runPlan(plan);
    console.log(history.sights.map(lineOf).join('\n'));
    if (isTraceWanted) console.log(trace.toString());
    const verdicts = judge(plan, history);
    for (const { operation, text } of verdicts) console.log(`operation ${operation}: ${text}`);
    return verdicts.length === 0;
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    const trace: Trace = error.trace;
    if (isTraceWanted) console.log(trace.toString());
    console.log(error);
    return false;
  }
}

function lineOf({ atMs, process, operation, kind, stream, index, value, error }: Sight): string {
  const facts = [stream, index, value, error && JSON.stringify(error)];
  const told = facts.filter((fact) => fact !== undefined).map(String);
  return `${atMs.toFixed(3)} ${process} ${[`operation ${operation}`, kind, ...told].join(' ')}`;
}
