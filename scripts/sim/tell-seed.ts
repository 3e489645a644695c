import { writeFileSync } from 'node:fs';
import type { Trace } from '../../lib/simulation/world/trace.ts';
import { WorldError } from '../../lib/simulation/world/world-error.ts';
import { drawDiagram } from './diagram/diagram.ts';
import { PLAN_NAMES } from './diagram/plan-names.ts';
import type { Verdict } from './model/case.ts';
import { judge } from './model/judge.ts';
import type { SimOptions } from './options.ts';
import { drawPlan } from './plan/draw.ts';
import type { Plan } from './plan/plan.ts';
import type { Sight } from './run/history.ts';
import { runPlan } from './run/run-plan.ts';

/** All that is known of one seed. */
interface Told {
  readonly trace: Trace;
  readonly sights: readonly Sight[];
  readonly verdicts: readonly Verdict[];
}

/** Runs one seed, and tells its program, what was seen, and the verdicts. Returns whether all is well. */
export async function tellSeed({ seed, isTraceWanted, html }: SimOptions): Promise<boolean> {
  const plan = drawPlan(seed);
  console.log(JSON.stringify(plan, undefined, 2));
  const { trace, sights, verdicts } = await runAndJudge(plan);
  console.log(sights.map(lineOf).join('\n'));
  if (isTraceWanted) console.log(trace.toString());
  for (const { operation, text } of verdicts) console.log(`operation ${operation}: ${text}`);
  if (html !== undefined) {
    const { entries } = trace;
    const title = `seed ${seed}`;
    const program = JSON.stringify(plan, undefined, 2);
    const names = PLAN_NAMES;
    writeFileSync(html, drawDiagram({ title, program, entries, sights, verdicts, names }));
  }
  return verdicts.length === 0;
}

async function runAndJudge(plan: Plan): Promise<Told> {
  try {
    const { history, trace } = await runPlan(plan);
    return { trace, sights: history.sights, verdicts: judge(plan, history) };
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    console.log(error.cause);
    const verdicts = [{ operation: 0, text: `the world failed: ${error.message}` }];
    return { trace: error.trace, sights: [], verdicts };
  }
}

function lineOf({ atMs, process, operation, kind, stream, index, value, error }: Sight): string {
  const facts = [stream, index, value, error && JSON.stringify(error)];
  const told = facts.filter((fact) => fact !== undefined).map(String);
  return `${atMs.toFixed(3)} ${process} ${[`operation ${operation}`, kind, ...told].join(' ')}`;
}
