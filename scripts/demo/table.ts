/**
 * Reads a table from another process: a stream of rows, each with a stream of cells, neither of which
 * has an end. Of each row some cells are read and streamed back, to be summed there.
 *
 *     npm run demo:table -- [--rows N] [--cells N]
 *
 * The exit code is 0 only if all sums are right.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { type Api, connect, stream } from '../../lib/index.ts';
import { describeError } from './describe-error.ts';
import type { Row, TableService } from './table-service.ts';

/** How much of the table is read. */
interface Size {
  readonly rows: number;
  readonly cells: number;
}

try {
  const isRight = await run(readSize(process.argv.slice(2)));
  if (!isRight) process.exitCode = 1;
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}

async function run(size: Size): Promise<boolean> {
  const server = fork(new URL('table-server.js', import.meta.url));
  const exited = once(server, 'exit');
  try {
    const port = await portOf(server, exited);
    await using client = await connect({ host: '127.0.0.1', port });
    console.log(`process ${process.pid} reads from process ${server.pid} at port ${port}`);
    return await readTable(client.api<TableService>('tables'), size);
  } finally {
    if (server.connected) server.disconnect();
    await exited;
  }
}

/** Leaving a loop ends its stream at the other side: that of the cells row by row, that of the rows at last. */
async function readTable(api: Api<TableService>, size: Size): Promise<boolean> {
  const { title, rows } = await api.getTable('Multiples');
  console.log(title);
  const sums: number[] = [];
  for await (const row of rows) {
    const cells = await readCells(row, size.cells);
    const sum = await api.sum(stream(cells));
    console.log(`row ${row.index}: ${cells.join(' ')}, sum ${sum}`);
    if (sum !== sumOfRow(row.index, size.cells)) return false;
    if (sums.push(sum) === size.rows) break;
  }
  const total = await api.sum(stream(sums));
  const isRight = total === sums.reduce((before, sum) => before + sum, 0);
  console.log(
    `${sums.length} rows of ${size.cells} cells, sum ${total}: ${isRight ? 'right' : 'WRONG'}`,
  );
  return isRight;
}

async function readCells({ cells }: Row, count: number): Promise<number[]> {
  const read: number[] = [];
  for await (const cell of cells) {
    if (read.push(cell) === count) break;
  }
  return read;
}

/** What a row's first cells add up to, as 0 + 1 + 2 + … does. */
function sumOfRow(index: number, cells: number): number {
  return (index * cells * (cells - 1)) / 2;
}

async function portOf(server: ChildProcess, exited: Promise<unknown[]>): Promise<number> {
  const died = exited.then(([code]) => {
    throw new Error(`the other process died (exit code ${String(code)})`);
  });
  const [port] = await Promise.race([once(server, 'message'), died]);
  return Number(port);
}

/** Reads the command line. @throws TypeError for what makes no sense. */
function readSize(args: string[]): Size {
  const options = { rows: { type: 'string' }, cells: { type: 'string' } } as const;
  const { rows = '4', cells = '6' } = parseArgs({ args, options }).values;
  const size = { rows: Number(rows), cells: Number(cells) };
  for (const [name, count] of Object.entries(size)) {
    if (!Number.isInteger(count) || count < 1)
      throw new TypeError(`--${name} takes a number from 1 on`);
  }
  return size;
}
