import type { Trial } from './results.ts';
import { UNSEEN_PLACES } from './unseen.ts';
import type { WorldMutant } from './world-mutant.ts';

/** A mutant, and what is known of it. */
export interface Result {
  readonly mutant: WorldMutant;
  readonly trial: Trial;
}

const INTRODUCTION = `# Defects that worlds find

Each row is a defect that was put into the library on purpose, and the first seed of \`npm run sim\`, counted from 0, whose world breaks a promise then. "small" stands for the small worlds, which visit all orders of a few events; "none yet" for a defect that no world has met, with the number of seeds that were tried. \`npm run mutants:worlds -- --write\` makes this page.
`;

const UNSEEN = `## Places that no program needs

These were broken on purpose as well. No program of users can notice it; a peer that breaks the rules may.
`;

/** The page of the results. */
export function pageOf(results: readonly Result[]): string {
  const rows = results.map(
    ({ mutant: { area, file, in: inner, name }, trial: { found, tried } }) => {
      const seed = found === undefined ? `none yet of ${tried}` : String(found.seed ?? 'small');
      return `| ${area} | ${name} | \`${inner}\` in [${file}.ts](../lib/${file}.ts) | ${seed} |`;
    },
  );
  const head = ['| part | defect | place | seed |', '| --- | --- | --- | --- |'];
  const unseen = UNSEEN_PLACES.map(({ file, in: inner, why }) => {
    return `- \`${inner}\` of [${file}.ts](../lib/${file}.ts): ${why}`;
  });
  const table = [...head, ...rows].join('\n');
  return `${INTRODUCTION}\n${table}\n\n${UNSEEN}\n${unseen.join('\n')}\n`;
}
