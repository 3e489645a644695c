/**
 * Keeps `docs/api-report.txt`, the whole public surface as its declarations say it, so that every change of
 * it shows in a diff.
 *
 *     node dist/scripts/api-report.js [--write]      --write makes the report anew
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { entryPoints } from './ci/entry-points.ts';
import { declarationText } from './ci/declaration-text.ts';
import { reportProblems } from './ci/problems.ts';
import { PublicApi } from './ci/public-api.ts';

const REPORT_FILE = 'docs/api-report.txt';

const HEAD = `The public surface of sluice, by entry point. Made by "npm run fix:api" from the declarations
that are published; "npm run check:api" fails when it is out of date.
`;

const api = new PublicApi();
const problems: string[] = [];
const firstPlace = new Map<string, string>();
const names: number[] = [];
const sections = entryPoints().map(({ specifier, file }) => sectionOf(specifier, file));
const report = [HEAD, ...sections].join('\n');

if (process.argv.includes('--write')) {
  writeFileSync(REPORT_FILE, report);
} else if (!existsSync(REPORT_FILE) || readFileSync(REPORT_FILE, 'utf8') !== report) {
  problems.push(`${REPORT_FILE} is out of date; look at the change and run npm run fix:api`);
}
const total = names.reduce((sum, count) => sum + count, 0);
reportProblems('api', problems, `${total} names in ${names.length} entry points`);

/** The part of the report about one entry point. */
function sectionOf(specifier: string, file: string): string {
  const built = `dist/${file.replace(/\.ts$/, '.d.ts')}`;
  const declared = api.exportsOf(built);
  names.push(declared.length);
  for (const { name } of declared) {
    const earlier = firstPlace.get(name);
    if (earlier !== undefined) problems.push(`${name} is in ${earlier} and in ${specifier}`);
    firstPlace.set(name, specifier);
  }
  const texts = declared.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(declarationText);
  return `==== ${specifier}\n\n${texts.join('\n\n')}\n`;
}
