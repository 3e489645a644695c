import { once } from 'node:events';

import type { RemoteStream } from '../../lib/index.ts';
import type { Library } from './library.ts';

interface Row {
  readonly row: number;
  readonly cells: AsyncIterable<number>;
}

/** The service as its clients see it. */
export interface Shop {
  price(item: string): Promise<number>;
  refuse(): Promise<void>;
  count(to: number): RemoteStream<number> & Promise<RemoteStream<number>>;
  whenLeft(): Promise<string>;
  total(rows: AsyncIterable<Row>): Promise<number>;
  table(): Promise<{ title: string; rows: AsyncIterable<Row> }>;
  sums(numbers: AsyncIterable<number>): AsyncIterable<number>;
  told(): RemoteStream<string> & Promise<RemoteStream<string>>;
  waitForCancel(): Promise<void>;
  whenWaiting(): Promise<string>;
  whenCanceled(): Promise<string>;
  picture(): RemoteStream<Uint8Array>;
}

/** Two streams of numbers in one, of which only the outer one is in the result. */
export async function* rowsOf({ stream }: Library): AsyncGenerator<Row> {
  for (let row = 1; row <= 3; row++) yield { row, cells: stream([row, row * 2]) };
}

/** The service, with methods of every kind. */
export function makeShop(library: Library): object {
  const { blobOf, callContext } = library;
  const left = new Told();
  const waiting = new Told();
  const canceled = new Told();
  return {
    price: (item: string) => item.length,
    refuse() {
      throw Object.assign(new RangeError('sold out'), { code: 'E_STOCK', shelf: 7 });
    },
    async *count(to: number) {
      try {
        for (let number = 1; number <= to; number++) yield number;
      } finally {
        left.tell('left');
      }
    },
    whenLeft: () => left.text,
    async total(rows: AsyncIterable<Row>) {
      let total = 0;
      for await (const { cells } of rows) for await (const cell of cells) total += cell;
      return total;
    },
    table: () => ({ title: 'sales', rows: rowsOf(library) }),
    async *sums(numbers: AsyncIterable<number>) {
      let sum = 0;
      for await (const number of numbers) yield (sum += number);
    },
    async *told() {
      const context = callContext();
      context.setHeader('tenant', String(context.metadata['tenant']));
      yield 'item';
      context.setTrailer('items', '1');
    },
    async waitForCancel() {
      const { signal } = callContext();
      const fired = once(signal, 'abort');
      waiting.tell('waiting');
      await fired;
      canceled.tell(String((signal.reason as { code?: unknown }).code));
    },
    whenWaiting: () => waiting.text,
    whenCanceled: () => canceled.text,
    picture: () => blobOf(Buffer.alloc(1_000_000, 7), { checksum: 'sha256', appendDigest: true }),
  };
}

/** A text that is waited for. */
class Told {
  tell: (text: string) => void = () => {};
  readonly text: Promise<string> = new Promise((resolve) => {
    this.tell = resolve;
  });
}
