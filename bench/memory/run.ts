/**
 * Does memory grow while a stream runs at full speed?
 *
 *     npm run bench:memory -- [--direction down|up|both] [--size 64B|64KiB|both] [--seconds N]
 *
 * Server and client are two processes; the stream runs for 60 seconds, or so many as are said, and the
 * first third does not count. The exit code is 1 if the memory of a side grows by more than 1 MiB a
 * minute, by the line of least squares through the highest RSS of each second.
 */

import { parseArgs } from 'node:util';

import { markdownTable } from '../results/markdown-table.ts';
import { formatQuantity } from '../results/quantity.ts';
import { describeEnvironment, findPinning } from '../support/environment.ts';
import { findWorkload } from '../workloads.ts';
import { type Sample, slopeOf } from './slope.ts';
import { watchMemory } from './watch.ts';

const MIB = 1_048_576;
const MAX_MIB_PER_MINUTE = 1;

/** The share of the time that memory has to find its level. */
const SETTLING_SHARE = 1 / 3;

const WORKLOADS = {
  '64B': { down: 'stream.down.64B.batch', up: 'stream.up.64B.batch' },
  '64KiB': { down: 'bulk.down.64KiB', up: 'bulk.up.64KiB' },
} as const;

const { values } = parseArgs({
  options: {
    direction: { type: 'string', default: 'down' },
    size: { type: 'string', default: 'both' },
    seconds: { type: 'string', default: '60' },
  },
});
const seconds = Number(values.seconds);
const names = chooseWorkloads();

if (names.length === 0 || !(seconds > 0)) {
  console.error('--direction is down, up or both; --size 64B, 64KiB or both; --seconds a number');
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
  const rows: string[][] = [];
  for (const name of workloads) {
    const course = await watchMemory(findWorkload(name), seconds, {
      pinning,
      profileFolder: undefined,
    });
    for (const side of ['server', 'client'] as const) {
      rows.push([name, side, course.messages.toLocaleString('en'), ...judge(course[side])]);
    }
  }
  console.log(
    markdownTable(
      [
        ['stream', 'left'],
        ['side', 'left'],
        ['messages', 'right'],
        ['RSS at last', 'right'],
        ['MiB/min', 'right'],
        ['', 'left'],
      ],
      rows,
    ),
  );
}

/** The last cells of a side's row; sets the exit code if it grows. */
function judge(samples: readonly Sample[]): string[] {
  const counted = samples.filter((sample) => sample.seconds > seconds * SETTLING_SHARE);
  const slope = (slopeOf(counted) * 60) / MIB;
  const rss = formatQuantity(samples.at(-1)?.value ?? Number.NaN, 'B');
  // Two points at least make a line; what is no number must not pass.
  const isFlat = slope <= MAX_MIB_PER_MINUTE;
  if (!isFlat) process.exitCode = 1;
  return [rss, slope.toFixed(2), isFlat ? 'flat' : 'GROWS'];
}
