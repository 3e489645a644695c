/**
 * Holds figures of lib to their bounds: sizes, cycles, names, prose. `--list NAME` prints the places
 * that make one of them, `--list` those of all that are over.
 */

import { parseArgs } from 'node:util';

import { measure, type Measure } from './ci/measures.ts';
import { reportProblems } from './ci/problems.ts';
import { readSources } from './ci/source-file.ts';

const { values, positionals } = parseArgs({
  options: { list: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const measures = measure(readSources('lib'));

for (const { name, title, figure, bound } of measures) {
  const verdict = figure > bound ? 'OVER' : 'ok';
  console.log(`${verdict.padEnd(4)} ${name.padEnd(15)} ${title}: ${figure}, at most ${bound}`);
}
if (values.list) for (const listed of measures.filter(isToList)) list(listed);
reportProblems(
  'measures',
  measures.filter(isOver).map(({ name, figure, bound }) => `${name} is ${figure} of ${bound}`),
  `${measures.length} figures are within their bounds`,
);

function isToList(candidate: Measure): boolean {
  return positionals.length === 0 ? isOver(candidate) : positionals.includes(candidate.name);
}

function isOver({ figure, bound }: Measure): boolean {
  return figure > bound;
}

function list({ name, places }: Measure): void {
  console.log(`\n${name}:`);
  for (const place of places) console.log(`  ${place}`);
}
