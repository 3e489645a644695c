/**
 * Keeps the tables of limits in the pages as the code has them: default, least and most from the tables
 * in lib, the words from the doc comments of their interfaces.
 *
 *     node dist/scripts/option-tables.js [--write]      --write puts the tables into the pages
 *
 * A page marks the place: `<!-- options: Limits -->`, the table, `<!-- end -->`.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { CLIENT_NUMBERS } from '../lib/api/client-options.ts';
import { SERVER_NUMBERS } from '../lib/api/server-options.ts';
import type { NumberOption } from '../lib/base/bounds.ts';
import { RESOURCES } from '../lib/call/limits/admission.ts';
import { LIMITS } from '../lib/settings/limits.ts';
import { listMarkdown } from './ci/markdown.ts';
import { optionTable, statedDefault } from './ci/option-table.ts';
import { reportProblems } from './ci/problems.ts';
import { PublicApi } from './ci/public-api.ts';

/** Numeric options of one interface. */
interface NumberTable {
  /** Where the interface is declared. */
  readonly file: string;
  /** What stands above their names. */
  readonly heading: string;
  readonly numbers: Readonly<Record<string, NumberOption>>;
}

const TABLES: Readonly<Record<string, NumberTable>> = {
  Limits: { file: 'lib/settings/limits.ts', heading: '`limits.`', numbers: LIMITS },
  ResourceLimits: {
    file: 'lib/call/limits/admission.ts',
    heading: '`resources.`',
    numbers: RESOURCES,
  },
  ServerOptions: { file: 'lib/api/server-options.ts', heading: 'option', numbers: SERVER_NUMBERS },
  ClientOptions: { file: 'lib/api/client-options.ts', heading: 'option', numbers: CLIENT_NUMBERS },
};

const PLACE = /(<!-- options: (\w+) -->\n)[^]*?(\n<!-- end -->)/g;

const api = new PublicApi();
const problems: string[] = [];
const placed = new Set<string>();

for (const page of listMarkdown()) {
  const text = readFileSync(page, 'utf8');
  const result = text.replaceAll(PLACE, (_, start: string, name: string, end: string) => {
    placed.add(name);
    return `${start}\n${tableOf(name)}\n${end}`;
  });
  if (result === text) continue;
  if (process.argv.includes('--write')) writeFileSync(page, result);
  else problems.push(`${page} has a table of options that is out of date; run npm run fix:options`);
}
for (const name of Object.keys(TABLES)) {
  if (!placed.has(name)) problems.push(`no page has a table of ${name}`);
}
reportProblems('options', problems, `${placed.size} tables are as the code has them`);

function tableOf(name: string): string {
  const table = Object.hasOwn(TABLES, name) ? TABLES[name] : undefined;
  const declared = table && api.find(table.file, name);
  if (table === undefined || declared === undefined) {
    problems.push(`there is no table of ${name}`);
    return '';
  }
  const { heading, numbers } = table;
  const rows = api.membersOf(declared).flatMap(({ name: option, doc = '' }) => {
    const number = Object.hasOwn(numbers, option) ? numbers[option] : undefined;
    if (number === undefined) return [];
    if (statedDefault(doc) !== number.default) {
      problems.push(`${name}.${option} says another default than ${number.default}`);
    }
    return [{ option, number, doc }];
  });
  return optionTable(heading, rows);
}
