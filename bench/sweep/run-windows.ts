/**
 * How large does the window of a resumable stream have to be?
 *
 *     npm run bench:windows -- [--quick] [--json FILE]
 *
 * Sweeps the window from 256 KiB to 64 MiB without a link, and through links at 100 MB/s with 20 and 100 ms
 * each way, beside a raw socket and a plain stream, which all take turns. Prints a table of what each
 * carries, and of how many times the raw socket's speed that is. Takes some twelve minutes, `--quick` four.
 */

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { ROUNDS_LONGER } from '../loopback/far-streams.ts';
import { markdownTable } from '../results/markdown-table.ts';
import { formatNumber, formatQuantity } from '../results/quantity.ts';
import { describeEnvironment, findPinning } from '../support/environment.ts';
import type { Figure } from '../support/figure.ts';
import { measure } from '../support/rounds.ts';
import { FULL, QUICK } from '../support/settings.ts';
import { DELAYS, WINDOW_SWEEPS, WINDOWS } from './window-sweeps.ts';

/** Of each window. */
const ROUNDS = 3;

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
});
const { roundSeconds, ...others } = values.quick ? QUICK : FULL;
const settings = { ...others, roundSeconds: ROUNDS_LONGER * roundSeconds, rounds: ROUNDS };
const pinning = findPinning();
const options = { pinning, profileFolder: undefined };

const figures: Figure[] = [];
for (const sweep of WINDOW_SWEEPS) {
  figures.push(...(await measure(sweep, settings, options, Infinity)));
}
console.log(`${describeEnvironment(pinning)}\n\n${tableOf(figures)}`);
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify(figures, undefined, 2)}\n`);
}

function tableOf(all: readonly Figure[]): string {
  const subjects: readonly (readonly [subject: string, title: string])[] = [
    ['floor', 'raw socket'],
    ['plain', 'plain stream'],
    ...WINDOWS.map((bytes) => [String(bytes), formatQuantity(bytes, 'B')] as const),
    ['sluice', 'default'],
  ];
  const rows = subjects.map(([subject, title]) => [
    title,
    ...DELAYS.map((delayMs) => cell(all, `sweep.window.${delayMs}ms`, subject)),
  ]);
  return markdownTable(
    [['window', 'left'], ...DELAYS.map((delayMs) => [`${delayMs} ms each way`, 'right'] as const)],
    rows,
  );
}

function cell(all: readonly Figure[], name: string, subject: string): string {
  const figure = all.find((one) => one.name === name && one.subject === subject);
  if (figure === undefined) return '';
  const value = formatQuantity(figure.value, figure.unit);
  return subject === 'floor' ? value : `${value}, ${formatNumber(figure.ratio)} ×`;
}
