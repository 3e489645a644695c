import type { Found } from './trial.ts';
import type { WorldMutant } from './world-mutant.ts';

/** A mutant, and the world that has noticed it. */
export interface Result {
  readonly mutant: WorldMutant;
  readonly found: Found | undefined;
}

const INTRODUCTION = `# Defects that worlds find

Each row is a defect that was put into the library on purpose, and the first seed of \`npm run sim\`, counted from 0, whose world breaks a promise then. "small" stands for the small worlds, which visit all orders of a few events; "none yet" for a defect that a first short search of up to 150 seeds has not met. \`npm run mutants:worlds -- --write\` makes this page.
`;

/** The page of the results. */
export function pageOf(results: readonly Result[]): string {
  const rows = results.map(({ mutant: { area, file, in: inner, name }, found }) => {
    const seed = found === undefined ? 'none yet' : String(found.seed ?? 'small');
    return `| ${area} | ${name} | \`${inner}\` in [${file}.ts](../lib/${file}.ts) | ${seed} |`;
  });
  const head = ['| part | defect | place | seed |', '| --- | --- | --- | --- |'];
  return `${INTRODUCTION}\n${[...head, ...rows].join('\n')}\n`;
}
