import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalStream, stream } from '../../lib/index.ts';

/** A table without an end: its rows come one by one, as do the cells of each. */
export interface Table {
  readonly title: string;
  readonly rows: AsyncIterable<Row>;
}

/** Its cells are the multiples of its index. */
export interface Row {
  readonly index: number;
  readonly cells: AsyncIterable<number>;
}

/** What it takes to make a row, and a cell. */
const ROW_MS = 20;
const CELL_MS = 5;

/** Makes tables, and adds up whatever is streamed to it. */
export class TableService {
  /** A new table. Nothing of it is made before somebody reads on. */
  getTable(title: string): Promise<Table> {
    const rows = endless(ROW_MS, (index): Row => {
      return { index, cells: endless(CELL_MS, (column) => index * column) };
    });
    return Promise.resolve({ title, rows });
  }

  /** The sum of the numbers, when the last of them has come. */
  async sum(numbers: AsyncIterable<number>): Promise<number> {
    let sum = 0;
    for await (const number of numbers) sum += number;
    return sum;
  }
}

/** A stream of what takes a while to make; the signal ends it when its reader has had enough. */
function endless<T>(eachMs: number, make: (index: number) => T): LocalStream<T> {
  return stream(async function* (signal: AbortSignal) {
    for (let index = 0; ; index++) {
      await sleep(eachMs, undefined, { signal });
      yield make(index);
    }
  });
}
