import type { Plan } from '../plan/plan.ts';

/** A test with a plan, to be pasted into a spec. */
export function printSpec(plan: Plan, problem: string): string {
  const literal = JSON.stringify(plan, undefined, 2)
    .replaceAll(/"([a-z][A-Za-z]*)":/g, '$1:')
    .replaceAll('"', "'");
  return [
    `// ${problem}`,
    `it('…', async () => {`,
    `  const plan: Plan = ${literal};`,
    `  expect((await judgePlan(plan)).verdicts).to.deep.equal([]);`,
    `});`,
  ].join('\n');
}

/** The same for the corpus: a file of its own in spec/worlds/corpus. */
export function printCase(plan: Plan): string {
  return JSON.stringify({ title: '…', plan });
}
