/**
 * Does memory stay within its bounds when streams stall and clients vanish?
 *
 *     npm run bench:bounds -- [--only stalled|vanished] [--offered GIB] [--clients N] [--keep SECONDS]
 *
 * Stalled: a resumable stream offers 10 GiB, or so many as are said, to a reader that stalls. Each of both
 * processes may grow by its window and 32 MiB, by RSS. It takes half a minute.
 *
 * Vanished: 10,000 clients, or so many as are said, have something to lose and vanish. A server keeps no
 * more of them than its options say, by number and by bytes, and nothing after `sessionKeepMs`, here 60
 * seconds. It takes some five minutes.
 *
 * The exit code is 1 if a bound is broken, or was never reached.
 */

import { parseArgs } from 'node:util';

import { markdownTable } from '../results/markdown-table.ts';
import { formatQuantity } from '../results/quantity.ts';
import { describeEnvironment, findPinning } from '../support/environment.ts';
import { measureStalled } from './stalled.ts';
import { STALLED } from './stalled-streams.ts';
import { measureVanished, type VanishedCase } from './vanished.ts';

const GIB = 1_073_741_824;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    offered: { type: 'string', default: '10' },
    clients: { type: 'string', default: '10000' },
    keep: { type: 'string', default: '60' },
  },
});
const offeredBytes = Number(values.offered) * GIB;
const clients = Number(values.clients);
const sessionKeepMs = Number(values.keep) * 1e3;
const pinning = findPinning();

const SMALL_STREAM_BYTES = 65_536;

/** The defaults, by which bytes are reached first; and a number that is reached first. */
const VANISHED: readonly VanishedCase[] = [
  {
    leftover: 'stream',
    streamBytes: SMALL_STREAM_BYTES,
    clients,
    sessionKeepMs,
    maxAwaySessions: 10_000,
    maxAwaySessionBytes: 268_435_456,
    bound: 'bytes',
  },
  {
    leftover: 'call',
    streamBytes: 0,
    clients,
    sessionKeepMs,
    maxAwaySessions: 1_000,
    maxAwaySessionBytes: 268_435_456,
    bound: 'number',
  },
];

if (!(offeredBytes > 0 && clients > 0 && sessionKeepMs > 0)) {
  console.error('--offered, --clients and --keep are numbers above 0');
  process.exitCode = 2;
} else {
  console.log(`${describeEnvironment(pinning)}\n`);
  if (values.only !== 'vanished') console.log(`${await tableOfStalled()}\n`);
  if (values.only !== 'stalled') console.log(await tableOfVanished());
}

async function tableOfStalled(): Promise<string> {
  const rows: string[][] = [];
  for (const one of STALLED) {
    const options = { pinning, profileFolder: undefined };
    const seen = await measureStalled(one, offeredBytes, options);
    rows.push([
      seen.name,
      String(seen.madeItems),
      ...[seen.producer, seen.consumer].flatMap(({ peak, settled }) => [
        bytes(peak),
        bytes(settled),
      ]),
      verdictOf(seen.problems),
    ]);
  }
  return markdownTable(
    [
      ['stalled', 'left'],
      ['items made', 'right'],
      ['producer, at most', 'right'],
      ['in the end', 'right'],
      ['consumer, at most', 'right'],
      ['in the end', 'right'],
      ['', 'left'],
    ],
    rows,
  );
}

async function tableOfVanished(): Promise<string> {
  const rows: string[][] = [];
  for (const one of VANISHED) {
    const seen = await measureVanished(one);
    rows.push([
      `${one.clients.toLocaleString('en')}, each with a ${one.leftover}`,
      `${seen.maxSessions} of ${one.maxAwaySessions}`,
      `${bytes(seen.maxBytes)} of ${bytes(one.maxAwaySessionBytes)}`,
      bytes(seen.maxRssBytes),
      String(seen.sessionsAfter),
      bytes(seen.bytesAfter),
      seen.seconds.toFixed(0),
      verdictOf(seen.problems),
    ]);
  }
  return markdownTable(
    [
      ['vanished', 'left'],
      ['sessions kept', 'right'],
      ['in use', 'right'],
      ['RSS', 'right'],
      ['sessions after', 'right'],
      ['in use after', 'right'],
      ['seconds', 'right'],
      ['', 'left'],
    ],
    rows,
  );
}

/** Sets the exit code if there are problems. */
function verdictOf(problems: readonly string[]): string {
  if (problems.length === 0) return 'within';
  process.exitCode = 1;
  return `BROKEN: ${problems.join('; ')}`;
}

/** No growth is none. */
function bytes(count: number): string {
  return formatQuantity(Math.max(0, count), 'B');
}
