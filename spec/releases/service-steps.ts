import type { RemoteStream } from '../../lib/index.ts';
import { factsOf, outcomeOf } from './library.ts';
import { rowsOf, type Shop } from './service.ts';
import type { ClientEnd, Step } from './step.ts';

/** Services and streams in values, which version 2 has. */
export const SERVICE_STEPS: readonly Step[] = [
  {
    title: 'calls a method',
    run: (end) => shopOf(end).price('tea'),
    expected: 3,
  },
  {
    title: 'gets the error of a method as itself',
    run: async (end) => {
      const error: unknown = await shopOf(end)
        .refuse()
        .catch((reason: unknown) => reason);
      const { message, shelf } = error as { message: string; shelf: number };
      return { ...factsOf(error), message, shelf, isRangeError: error instanceof RangeError };
    },
    expected: {
      name: 'RangeError',
      code: 'E_STOCK',
      message: 'sold out',
      shelf: 7,
      isRangeError: true,
    },
  },
  {
    title: 'reads a stream to its end',
    run: async (end) => (await collect(shopOf(end).count(1_000))).length,
    expected: 1_000,
  },
  {
    title: 'leaves a stream, which runs the producer’s finally',
    run: async (end) => {
      const numbers: number[] = [];
      for await (const number of shopOf(end).count(1_000_000)) {
        numbers.push(number);
        if (number === 3) break;
      }
      return [numbers, await shopOf(end).whenLeft()];
    },
    expected: [[1, 2, 3], 'left'],
  },
  {
    title: 'sends a stream with streams in its items',
    run: (end) => shopOf(end).total(rowsOf(end.library)),
    expected: 18,
  },
  {
    title: 'gets a stream in a field, with streams in its items',
    run: async (end) => {
      const { title, rows } = await shopOf(end).table();
      const cells: number[] = [];
      for await (const row of rows) cells.push(...(await collect(row.cells)));
      return [title, cells];
    },
    expected: ['sales', [1, 2, 2, 4, 3, 6]],
  },
  {
    title: 'talks in both directions',
    run: (end) => collect(shopOf(end).sums(collectable([1, 2, 3]))),
    expected: [1, 3, 6],
  },
  {
    title: 'sends metadata, and gets headers and trailers',
    run: async ({ client }) => {
      const told: RemoteStream<string> = await client
        .api<Shop>('shop', { metadata: { tenant: 'acme' } })
        .told();
      const items = await collect(told);
      return [items, { ...(await told.headers) }, { ...(await told.trailers) }];
    },
    expected: [['item'], { tenant: 'acme' }, { items: '1' }],
  },
  {
    title: 'cancels a call, which its method is told',
    run: async (end) => {
      const abort = new AbortController();
      const { signal } = abort;
      const call = outcomeOf(end.client.api<Shop>('shop', { signal }).waitForCancel());
      await shopOf(end).whenWaiting();
      abort.abort(new Error('enough'));
      return [await call, await shopOf(end).whenCanceled()];
    },
    expected: [{ name: 'CanceledError', code: 'ERR_CANCELED' }, 'ERR_CANCELED'],
  },
  {
    title: 'gets bytes with their checksum',
    run: async (end) => {
      const options = { checksum: 'sha256', expectedDigest: 'appended' } as const;
      const bytes = await end.library.receiveBytes(shopOf(end).picture(), options);
      return Buffer.from(bytes).equals(Buffer.alloc(1_000_000, 7));
    },
    expected: true,
  },
];

/** What a client of version 2 gets from a server of version 1. */
export const MISSING_SERVICE_STEPS: readonly Step[] = [
  {
    title: 'calls no method',
    run: (end) => outcomeOf(shopOf(end).price('tea')),
    expected: { name: 'UnsupportedError', code: 'ERR_UNSUPPORTED' },
  },
  {
    title: 'sends no stream in a value',
    run: async ({ client, library }) => {
      const total = library.verb<(numbers: unknown) => number>(50);
      return outcomeOf(client.call(total, { numbers: library.stream([1, 2]) }));
    },
    expected: { name: 'UnsupportedError', code: 'ERR_UNSUPPORTED' },
  },
  {
    title: 'goes on with verbs afterwards',
    run: ({ client, verbs }) => client.call(verbs.echo, 'still here'),
    expected: 'still here',
  },
];

function shopOf({ client }: ClientEnd): Shop {
  return client.api<Shop>('shop') as unknown as Shop;
}

async function* collectable(numbers: readonly number[]): AsyncGenerator<number> {
  yield* numbers;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
