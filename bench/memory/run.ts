/**
 * Does memory grow while a stream runs at full speed?
 *
 *     npm run bench:memory -- [--direction down|up|both] [--size 64B|64KiB|both] [--workload NAME]
 *       [--seconds N] [--leak N]
 *
 * Server and client are two processes; the stream runs for 60 seconds, or so many as are said, and the
 * first third does not count. Every other second or so both collect their garbage. What is in use then,
 * in V8's heap and kept alive by it elsewhere, may grow by half a MiB a minute, by the line of least
 * squares; RSS, whose steps mean little, may have a median in the last third that is 16 MiB above that
 * of the middle one. The exit code is 1 if either grows by more on a side.
 *
 * `--workload` watches any other workload that repeats its work, for example `service.nested.c64`.
 * `--leak` has both sides keep so many MiB a minute for ever, to see that this is noticed.
 */

import { parseArgs } from 'node:util';

import { markdownTable } from '../results/markdown-table.ts';
import { formatQuantity } from '../results/quantity.ts';
import { describeEnvironment, findPinning } from '../support/environment.ts';
import { findWorkload } from '../workloads.ts';
import { judgeCourse, MAX_SETTLED_MIB_PER_MINUTE, RSS_NOISE_MIB } from './judgment.ts';
import { type MemoryCourse, watchMemory } from './watch.ts';

const MIB = 1_048_576;

const WORKLOADS = {
  '64B': { down: 'stream.down.64B.batch', up: 'stream.up.64B.batch' },
  '64KiB': { down: 'bulk.down.64KiB', up: 'bulk.up.64KiB' },
} as const;

const { values } = parseArgs({
  options: {
    direction: { type: 'string', default: 'down' },
    size: { type: 'string', default: 'both' },
    workload: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    leak: { type: 'string', default: '0' },
  },
});
const seconds = Number(values.seconds);
const leak = Number(values.leak);
const names = values.workload === undefined ? chooseWorkloads() : [values.workload];

if (names.length === 0 || !(seconds > 0) || !(leak >= 0)) {
  console.error('--direction is down, up or both; --size 64B, 64KiB or both');
  console.error('--seconds and --leak are numbers');
  process.exitCode = 2;
} else {
  await main(names);
}

function chooseWorkloads(): string[] {
  return Object.entries(WORKLOADS).flatMap(([size, directions]) =>
    Object.entries(directions)
      .filter(([direction]) => isChosen(values.size, size) && isChosen(values.direction, direction))
      .map(([, name]) => name),
  );
}

function isChosen(choice: string, one: string): boolean {
  return choice === one || choice === 'both';
}

async function main(workloads: readonly string[]): Promise<void> {
  const pinning = findPinning();
  console.log(`${describeEnvironment(pinning)}\n`);
  console.log(
    `In use: V8's heap and what it keeps alive elsewhere, after forced collections; at most ` +
      `${MAX_SETTLED_MIB_PER_MINUTE} MiB/min more.\nRSS: the median of the last third above that of ` +
      `the middle third; up to ${RSS_NOISE_MIB} MiB are noise.\n`,
  );
  const rows: string[][] = [];
  for (const name of workloads) {
    const course = await watchMemory(findWorkload(name), {
      pinning,
      profileFolder: undefined,
      seconds,
      leakBytes: (leak * MIB) / 60,
    });
    for (const side of ['server', 'client'] as const) {
      rows.push([name, side, course.amount.toLocaleString('en'), ...cellsOf(course[side])]);
    }
  }
  console.log(
    markdownTable(
      [
        ['workload', 'left'],
        ['side', 'left'],
        ['amount', 'right'],
        ['in use', 'right'],
        ['MiB/min', 'right'],
        ['RSS', 'right'],
        ['MiB more', 'right'],
        ['', 'left'],
      ],
      rows,
    ),
  );
}

/** The last cells of a side's row; sets the exit code if it grows. */
function cellsOf(course: MemoryCourse): string[] {
  const { settledMiBPerMinute, rssGrowthMiB, isFlat } = judgeCourse(course, seconds);
  if (!isFlat) process.exitCode = 1;
  return [
    formatQuantity(course.settled.at(-1)?.value ?? Number.NaN, 'B'),
    settledMiBPerMinute.toFixed(2),
    formatQuantity(course.rss.at(-1)?.value ?? Number.NaN, 'B'),
    rssGrowthMiB.toFixed(1),
    isFlat ? 'flat' : 'GROWS',
  ];
}
