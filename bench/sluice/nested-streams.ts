import { type Api, connect } from '../../lib/index.ts';
import { networkTransport, type Transport } from '../../lib/transport.ts';
import { expectEqual } from '../support/expect-equal.ts';
import type { Subject } from '../support/workload.ts';
import { HOST, servingService } from './serving.ts';

const SERVICE = 'bench';

const ITEMS = 4;

interface Row {
  readonly number: number;
  readonly items: AsyncIterable<number>;
}

interface RowService {
  /** Streams so many rows, each with a stream of its own. */
  rows(count: number): AsyncIterable<Row>;
  /** The stream of a row. */
  items(number: number): AsyncIterable<number>;
}

const SERVED: RowService = {
  async *rows(count) {
    for (let number = 0; number < count; number++) yield { number, items: itemsOf(number) };
  },
  items: itemsOf,
};

async function* itemsOf(number: number): AsyncGenerator<number> {
  for (let i = 0; i < ITEMS; i++) yield number + i;
}

/** Streams in the items of a stream, so many of which are read at a time. */
export function nestedStreams(concurrency: number): Subject {
  return rowStreams(async (api, amount) => {
    const rows = api.rows(amount)[Symbol.asyncIterator]();
    await inParallel(concurrency, async () => {
      for (let step; (step = await rows.next()).done !== true;) {
        await checkItems(step.value.number, step.value.items);
      }
    });
  });
}

/** The same streams, each with a call of its own. */
export function calledStreams(concurrency: number): Subject {
  return rowStreams(async (api, amount) => {
    let next = 0;
    await inParallel(concurrency, async () => {
      while (next < amount) {
        const number = next++;
        await checkItems(number, api.items(number));
      }
    });
  });
}

/** @param read - reads so many streams of rows, and checks them. */
function rowStreams(read: (api: Api<RowService>, amount: number) => Promise<void>): Subject {
  return {
    serve: () => servingService(SERVICE, SERVED),
    connect: async (port) => {
      const dials = new CountedDials();
      const client = await connect({ host: HOST, port, network: dials });
      const api = client.api<RowService>(SERVICE);
      return {
        run: async (amount) => {
          const start = performance.now();
          await read(api, amount);
          const seconds = (performance.now() - start) / 1e3;
          return { seconds, figures: { '': amount / seconds, '.connections': dials.count - 1 } };
        },
      };
    },
  };
}

/** The network, and how many connections were dialed on it: the main one, and a child for each that was needed. */
class CountedDials implements Transport {
  count = 0;

  dial(...args: Parameters<Transport['dial']>): ReturnType<Transport['dial']> {
    this.count++;
    return networkTransport.dial(...args);
  }

  listen(...args: Parameters<Transport['listen']>): ReturnType<Transport['listen']> {
    return networkTransport.listen(...args);
  }
}

async function inParallel(concurrency: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: concurrency }, work));
}

async function checkItems(number: number, items: AsyncIterable<number>): Promise<void> {
  let count = 0;
  for await (const item of items) expectEqual(item, number + count++);
  expectEqual(count, ITEMS);
}
