import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import {
  type Api,
  CanceledError,
  type Client,
  isRpcError,
  type Limits,
  type LocalStream,
  OptionError,
  type RemoteStream,
  stream,
} from '../../lib/index.ts';
import { MisuseError, StreamNotFoundError } from '../../lib/errors/errors.ts';
import {
  advance,
  createTestPair,
  type ManualClock,
  settle,
  type TestPair,
} from '../../lib/testing.ts';
import { gather } from '../support/blobs.ts';
import { gatherToError, Numbers } from '../support/numbers.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

interface Row {
  readonly index: number;
  readonly items: AsyncIterable<number>;
}

interface Table {
  readonly title: string;
  readonly rows: AsyncIterable<Row>;
}

/** The service of the original's guide: endless rows of endless items. */
class SimpleService {
  rowsMade = 0;
  rowsEnded = 0;
  /** Items made, by row. */
  readonly itemsMade: number[] = [];
  /** Rows whose items have ended. */
  readonly ended = new Set<number>();

  getTable(title: string): Promise<Table> {
    return Promise.resolve({ title, rows: this.#rows() });
  }

  async sum(numbers: AsyncIterable<number>): Promise<number> {
    let sum = 0;
    for await (const number of numbers) sum += number;
    return sum;
  }

  /** The sum of each row, as the rows come. */
  async *sumRows(rows: AsyncIterable<Row>): AsyncGenerator<readonly [index: number, sum: number]> {
    for await (const { index, items } of rows) yield [index, await this.sum(items)];
  }

  async *#rows(): AsyncGenerator<Row> {
    try {
      for (let index = 0; ; index++) {
        this.rowsMade++;
        yield { index, items: this.#items(index) };
      }
    } finally {
      this.rowsEnded++;
    }
  }

  /** Does nothing before somebody wants the first item. */
  #items(index: number): AsyncIterable<number> {
    const { itemsMade, ended } = this;
    return stream(async function* () {
      try {
        for (let item = 0; ; item++) {
          itemsMade[index] = item + 1;
          yield await Promise.resolve(index * item);
        }
      } finally {
        ended.add(index);
      }
    });
  }
}

type ServiceApi = Api<SimpleService>;

/** Keeps what is endless from running far ahead. */
const SMALL_BUDGETS = { sinkBudgetBytes: 1_000, sourceBudgetBytes: 1_000 };

async function withService(
  run: (api: ServiceApi, service: SimpleService, pair: TestPair) => Promise<void>,
  limits: Partial<Limits> = {},
): Promise<void> {
  await using pair = await createTestPair({
    server: { limits: { ...SMALL_BUDGETS, ...limits } },
    client: { limits: SMALL_BUDGETS },
  });
  const service = new SimpleService();
  pair.server.expose('simple', service);
  await run(apiOf(pair.client), service, pair);
}

function apiOf(client: Client): ServiceApi {
  return client.api<SimpleService>('simple');
}

/** The first items of an endless stream, which is left behind them. */
async function take<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
}

/** A service with one method of the test's own. */
function exposed<T extends object>({ server, client }: TestPair, service: T): Api<T> {
  server.expose('own', service);
  return client.api<T>('own');
}

describe('ActualLab: the nested table', () => {
  it('L2 ActualLab: rows come in a stream, each with a stream of its own, and the client streams sums back', () =>
    withService(async (api, service, { clock }) => {
      const table = await api.getTable('My Table');
      expect(table.title).to.equal('My Table');
      const sums: number[] = [];
      for await (const { index, items } of table.rows) {
        const firsts = await take(items, 5);
        expect(firsts).to.deep.equal([0, 1, 2, 3, 4].map((item) => index * item));
        sums.push(await api.sum(stream(firsts)));
        if (index === 3) break;
      }
      expect(sums).to.deep.equal([0, 10, 20, 30]);
      expect(await api.sum(stream(sums))).to.equal(60);
      await settle(clock);
      expect(service.rowsEnded).to.equal(1);
      expect([...service.ended]).to.have.members([0, 1, 2, 3]);
    }));

  it('L2 ActualLab: streams of streams go up as well', () =>
    withService(async (api) => {
      async function* rows(): AsyncGenerator<Row> {
        for (const index of [1, 2, 3]) {
          const items = stream([1, 2, 3].map((item) => index * item));
          yield await Promise.resolve({ index, items });
        }
      }
      const sums = await gather(api.sumRows(rows()));
      expect(sums).to.deep.equal([
        [1, 6],
        [2, 12],
        [3, 18],
      ]);
    }));

  it('L2 ActualLab: a stream stands anywhere in a value: fields, arrays, items of items', () =>
    withService(async (_api, _service, pair) => {
      const service = {
        first: () =>
          Promise.resolve({
            both: [stream(['a', 'b']), stream(['c'])],
            deep: { deeper: [{ items: stream([stream([stream([1, 2])])]) }] },
          }),
        async joined({ parts }: { parts: AsyncIterable<string>[] }): Promise<string> {
          const joined = await Promise.all(
            parts.map(async (part) => (await gather(part)).join('')),
          );
          return joined.join('+');
        },
      };
      const api = exposed(pair, service);
      const { both, deep } = await api.first();
      expect(await Promise.all(both.map((one) => gather(one)))).to.deep.equal([['a', 'b'], ['c']]);
      const numbers: number[] = [];
      const [{ items }] = deep.deeper as [(typeof deep.deeper)[0]];
      for await (const outer of items) {
        for await (const inner of outer) numbers.push(...(await gather(inner)));
      }
      expect(numbers).to.deep.equal([1, 2]);
      const parts = [stream(['x', 'y']), stream(['z'])];
      expect(await api.joined({ parts })).to.equal('xy+z');
    }));

  it('L2 ActualLab: a stream that was received is passed on', () =>
    withService(async (api) => {
      const { rows } = await api.getTable('first rows');
      const [, second] = await take(rows, 2);
      const sums = api.sumRows(stream([{ index: 1, items: stream([1, 2]) }]));
      expect(await gather(sums)).to.deep.equal([[1, 3]]);
      async function* firsts(items: AsyncIterable<number>): AsyncGenerator<number> {
        yield* await take(items, 4);
      }
      expect(await api.sum(firsts(second?.items ?? stream<number>([])))).to.equal(6);
    }));
});

describe('ActualLab: starting', () => {
  it('L3 ActualLab: nothing begins before it is enumerated', () =>
    withService(async (api, service, { clock }) => {
      const { rows } = await api.getTable('lazy');
      await settle(clock);
      expect(service.rowsMade).to.equal(0);
      const read = await (rows as RemoteStream<Row>).read();
      await settle(clock);
      expect(read.value?.index).to.equal(0);
      expect(service.itemsMade).to.deep.equal([]);
    }));

  it('L3 ActualLab: what is returned before it is enumerated never begins', () =>
    withService(async (_api, _service, pair) => {
      let calls = 0;
      const local = stream(() => {
        calls++;
        return [1];
      });
      const generator = new Numbers().upTo(5);
      const api = exposed(pair, { both: () => Promise.resolve({ local, generator }) });
      const both = await api.both();
      for (const one of [both.local, both.generator]) {
        const iterator = one[Symbol.asyncIterator]();
        expect(await iterator.return?.()).to.deep.equal({ done: true, value: undefined });
        expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
      }
      await settle(pair.clock);
      expect(calls).to.equal(0);
      expect(await generator.next()).to.deep.equal({ done: true, value: undefined });
      await rejectionOf(local.whenSent, CanceledError);
    }));

  it('L3, L5 ActualLab: what is not enumerated is there as long as its reader says so', () =>
    withService(async (api, _service, { clock }) => {
      const { rows } = await api.getTable('later');
      await advance(clock, 3_600_000);
      expect((await take(rows, 1))[0]?.index).to.equal(0);
    }));

  it('L3, L5 ActualLab: it is let go of when its lease is over', () =>
    withService(
      async (_api, _service, pair) => {
        const local = stream(new Numbers().upTo(5));
        const over = rejectionOf(local.whenSent, StreamNotFoundError);
        const api = exposed(pair, { get: () => Promise.resolve([local]) });
        const [remote] = await api.get();
        await advance(pair.clock, 2_000);
        await over;
        const { error } = await gatherToError(remote ?? local);
        expect(error).to.include({ name: StreamNotFoundError.name });
      },
      // The client renews by its own idea of a lease, which is longer.
      { promiseLeaseMs: 1_000 },
    ));
});

describe('ActualLab: enumerating', () => {
  it('L4 ActualLab: a remote stream is enumerated once', () =>
    withService(async (api) => {
      const { rows } = await api.getTable('once');
      const iterator = rows[Symbol.asyncIterator]();
      expect(() => rows[Symbol.asyncIterator]()).to.throw(MisuseError, /once/);
      expect((await iterator.next()).done).to.equal(false);
      await iterator.return?.();
      expect(() => rows[Symbol.asyncIterator]()).to.throw(MisuseError, /once/);
    }));

  it('L4 ActualLab: a local one as often as its source, and it is sent as often', () =>
    withService(async (api) => {
      const local = stream([1, 2, 3]);
      expect([await gather(local), await gather(local)]).to.deep.equal([
        [1, 2, 3],
        [1, 2, 3],
      ]);
      expect([await api.sum(local), await api.sum(local)]).to.deep.equal([6, 6]);
    }));

  it('L4 ActualLab: a factory makes the items anew each time', () =>
    withService(async (api) => {
      let calls = 0;
      const local = stream(() => [++calls]);
      expect([await api.sum(local), await api.sum(local), ...(await gather(local))]).to.deep.equal([
        1, 2, 3,
      ]);
    }));

  it('L5 ActualLab: items, batches, end and error come in their order', () =>
    withService(async (_api, _service, pair) => {
      const numbers = new Numbers();
      const api = exposed(pair, {
        upTo: (count: number) => numbers.upTo(count),
        failAfter: (count: number) => numbers.failingAfter(count, new RangeError('the end')),
      });
      const items = await api.upTo(300);
      const batches: number[][] = [];
      for (let batch; (batch = await items.readBatch()) !== undefined;) batches.push(batch);
      expect(batches.flat()).to.deep.equal(Array.from({ length: 300 }, (_, index) => index));
      expect(batches.length).to.be.lessThan(300);
      const failing = await api.failAfter(3);
      await settle(pair.clock);
      expect(await failing.readBatch()).to.deep.equal([0, 1, 2]);
      await rejectionOf(failing.readBatch(), RangeError);
    }));
});

describe('ActualLab: batches', () => {
  it('L12 ActualLab: a batch is sent when it is full, and what is ready with it otherwise', async () => {
    const memory = memoryPair();
    const writes: number[] = [];
    for (const batchSize of [undefined, 10] as const) {
      const network = new WatchedTransport(memory.both.network);
      await withServer({ ...memory, server: { network } }, async ({ server, client }) => {
        const numbers = Array.from({ length: 100 }, (_, index) => index);
        server.expose('own', { numbers: () => stream(numbers, { batchSize }) });
        const api = client.api<{ numbers(): AsyncIterable<number> }>('own');
        expect(await gather(api.numbers())).to.deep.equal(numbers);
        writes.push(network.sockets[1]?.writeCount ?? 0);
      });
    }
    const [together = 0, inTens = 0] = writes;
    expect(inTens - together).to.be.at.least(9);
  });

  it('L12 ActualLab: no item waits for its batch to be full', () =>
    withService(async (_api, _service, pair) => {
      const held = new Deferred();
      async function* three(): AsyncGenerator<number> {
        yield* [1, 2, 3];
        await held.promise;
      }
      const api = exposed(pair, { three: () => stream(three(), { batchSize: 64 }) });
      const items = await api.three();
      const read = [await items.read(), await items.read(), await items.read()];
      expect(read.map(({ value }) => value)).to.deep.equal([1, 2, 3]);
      held.resolve();
      expect((await items.read()).done).to.equal(true);
    }));

  it('L12 ActualLab: what is ready goes out before the error, or the end', () =>
    withService(async (_api, _service, pair) => {
      const numbers = new Numbers();
      const api = exposed(pair, {
        failing: () => stream(numbers.failingAfter(3, new RangeError('no')), { batchSize: 64 }),
        mixed: () => stream<unknown>([1, 'two', { three: 3 }, [4], null], { batchSize: 2 }),
      });
      const { items, error } = await gatherToError(api.failing());
      expect(items).to.deep.equal([0, 1, 2]);
      expect(error).to.be.instanceOf(RangeError);
      expect(await gather(api.mixed())).to.deep.equal([1, 'two', { three: 3 }, [4], null]);
    }));

  it('L12 ActualLab: a batch has from 1 to 1,024 items', () => {
    for (const batchSize of [0, -1, 1.5, 1_025, NaN]) {
      expect(() => stream([1], { batchSize })).to.throw(OptionError, /batchSize/);
    }
    for (const batchSize of [1, 1_024]) stream([1], { batchSize });
  });
});

/** A producer that does not heed its signal, and says what is done to it. */
class Heedless {
  signal: AbortSignal | undefined;
  returnedAt: number | undefined;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  readonly make = (signal: AbortSignal): AsyncIterable<number> => {
    this.signal = signal;
    return this.items();
  };

  items(): AsyncIterable<number> {
    let made = 0;
    const iterator: AsyncIterator<number> = {
      // Waits for ever, but for the first.
      next: () =>
        made++ === 0 ? Promise.resolve({ done: false, value: 1 }) : new Promise(() => {}),
      return: () => {
        this.returnedAt = this.#clock.now();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }
}

describe('ActualLab: canceling', () => {
  it('L14 ActualLab: a factory’s signal fires with the reason; 100 ms later its iterator is returned', () =>
    withService(async (_api, _service, pair) => {
      const { clock } = pair;
      const heedless = new Heedless(clock);
      const api = exposed(pair, { items: () => stream(heedless.make) });
      const items = await api.items();
      await items.read();
      expect(heedless.signal?.aborted).to.equal(false);
      const begin = clock.now();
      items.cancel(new RangeError('seen enough'));
      await settle(clock);
      expect(heedless.signal?.reason).to.be.instanceOf(CanceledError);
      expect((heedless.signal?.reason as CanceledError | undefined)?.cause)
        .to.be.instanceOf(RangeError)
        .and.include({ message: 'seen enough' });
      await advance(clock, 99);
      expect(heedless.returnedAt).to.equal(undefined);
      await advance(clock, 1);
      expect(heedless.returnedAt).to.equal(begin + 100);
    }));

  it('L14 ActualLab: a plain iterable is returned at once, also while it is waited for', () =>
    withService(async (_api, _service, pair) => {
      const { clock } = pair;
      const heedless = new Heedless(clock);
      const api = exposed(pair, { items: () => heedless.items() });
      const items = await api.items();
      await items.read();
      const waiting = follow(items.read());
      const begin = clock.now();
      items.cancel();
      await settle(clock);
      expect(heedless.returnedAt).to.equal(begin);
      expect(waiting.outcome).to.have.property('error').that.satisfies(isRpcError);
    }));

  it('L14 ActualLab: a factory that heeds its signal ends by itself', () =>
    withService(async (_api, _service, pair) => {
      let isOver = false;
      const api = exposed(pair, {
        items: () =>
          stream(async function* (signal: AbortSignal) {
            yield 1;
            await new Promise<void>((resolve) => {
              signal.addEventListener('abort', () => resolve(), { once: true });
            });
            isOver = true;
          }),
      });
      expect(await take(api.items(), 1)).to.deep.equal([1]);
      await settle(pair.clock);
      expect(isOver).to.equal(true);
    }));

  it('L14 ActualLab: leaving an inner stream leaves the outer one going', () =>
    withService(async (api, service, { clock }) => {
      const { rows } = await api.getTable('inner');
      let count = 0;
      for await (const { items } of rows) {
        await take(items, 1);
        await settle(clock);
        expect(service.ended.size).to.equal(++count);
        expect(service.rowsEnded).to.equal(0);
        if (count === 3) break;
      }
      await settle(clock);
      expect(service.rowsEnded).to.equal(1);
    }));

  it('L14 ActualLab: leaving the outer stream leaves the rows that were received to their readers', () =>
    withService(async (api, service, { clock }) => {
      const { rows } = await api.getTable('outer');
      const kept = await take(rows, 3);
      await settle(clock);
      expect(service.rowsEnded).to.equal(1);
      for (const { index, items } of kept) {
        expect(await take(items, 3)).to.deep.equal([0, index, 2 * index]);
      }
    }));

  it('L14 ActualLab: what was in rows that nobody received is let go of at once', () =>
    withService(async (_api, _service, pair) => {
      const made: LocalStream<number>[] = [];
      const over: number[] = [];
      async function* rows(): AsyncGenerator<Row> {
        for (let index = 0; index < 50; index++) {
          const items = stream(new Numbers().upTo(1));
          items.whenSent.catch(() => void over.push(index));
          made.push(items);
          yield await Promise.resolve({ index, items });
        }
      }
      const api = exposed(pair, { rows });
      const [first] = await take(api.rows(), 1);
      await settle(pair.clock);
      expect(made.length, 'rows were under way').to.be.greaterThan(1);
      expect(over).to.deep.equal(made.slice(1).map((_items, index) => index + 1));
      expect(await gather(first?.items ?? stream<number>([]))).to.deep.equal([0]);
    }));

  it('L14 ActualLab: tables can be left early as often as one likes', () =>
    withService(
      async (api, service, { clock }) => {
        for (let round = 1; round <= 20; round++) {
          const { rows } = await api.getTable(`round ${round}`);
          await take(rows, 1);
          await settle(clock);
        }
        expect(service.rowsEnded).to.equal(20);
        expect(service.rowsMade).to.be.greaterThan(20 * 20);
      },
      { maxPromised: 100 },
    ));

  it('L14 ActualLab: disposing of a stream ends it, of one that has ended does nothing', () =>
    withService(async (api, service, { clock }) => {
      {
        await using rows = (await api.getTable('disposed')).rows as RemoteStream<Row>;
        await rows.read();
      }
      await settle(clock);
      expect(service.rowsEnded).to.equal(1);
      const sums = await api.sumRows(stream<Row>([]));
      expect((await sums.read()).done).to.equal(true);
      await sums[Symbol.asyncDispose]();
      await sums.ended;
    }));

  it('L14 ActualLab: a client that is gone ends the table, rows and items', () =>
    withService(async (api, service, { client, clock }) => {
      const { rows } = await api.getTable('gone');
      const reading = rows[Symbol.asyncIterator]();
      const { value } = (await reading.next()) as IteratorYieldResult<Row>;
      const items = value.items[Symbol.asyncIterator]();
      await items.next();
      await client.abort();
      await settle(clock);
      expect(service.rowsEnded).to.equal(1);
      expect([...service.ended]).to.include(0);
      for (const iterator of [reading, items]) {
        const rest = { [Symbol.asyncIterator]: (): AsyncIterator<unknown> => iterator };
        expect((await gatherToError(rest)).error).to.satisfy(isRpcError);
      }
    }));

  it('L14 ActualLab: a server that is closed at once ends them as well', () =>
    withService(async (api, service, { server, clock }) => {
      const { rows } = await api.getTable('closed');
      const reading = rows[Symbol.asyncIterator]();
      await reading.next();
      await server.abort();
      await settle(clock);
      expect(service.rowsEnded).to.equal(1);
      const rest = { [Symbol.asyncIterator]: () => reading };
      expect((await gatherToError(rest)).error).to.satisfy(isRpcError);
    }));
});

describe('ActualLab: completion', () => {
  it('L15 ActualLab: whenSent resolves when all is sent, sentItems counts', () =>
    withService(async (_api, _service, pair) => {
      const local = stream(new Numbers().upTo(3));
      const api = exposed(pair, { items: () => local });
      const sent = follow(local.whenSent);
      const items = await api.items();
      await settle(pair.clock);
      expect(local.sentItems).to.equal(0);
      expect(sent.outcome).to.equal(undefined);
      await items.read();
      await settle(pair.clock);
      expect(local.sentItems).to.equal(3);
      expect(sent.outcome).to.deep.equal({ value: undefined });
    }));

  it('L15 ActualLab: whenSent rejects with what the source throws', () =>
    withService(async (_api, _service, pair) => {
      const why = new RangeError('no more');
      const local = stream(new Numbers().failingAfter(2, why));
      const api = exposed(pair, { items: () => local });
      await gatherToError(api.items());
      expect(await rejectionOf(local.whenSent, RangeError)).to.equal(why);
      expect(local.sentItems).to.equal(2);
    }));

  it('L15 ActualLab: whenSent rejects with the reader’s reason', () =>
    withService(async (_api, _service, pair) => {
      const local = stream(new Numbers().upTo(Infinity));
      const api = exposed(pair, { items: () => local });
      const items = await api.items();
      await items.read();
      items.cancel('enough');
      const error = await rejectionOf(local.whenSent, CanceledError);
      expect(error).to.include({ cause: 'enough', initiator: 'remote' });
    }));

  it('L15 ActualLab: whenSent rejects when the connection is lost, and nobody has to wait for it', () =>
    withService(async (_api, _service, pair) => {
      const local = stream(new Numbers().upTo(Infinity));
      const api = exposed(pair, { items: () => local });
      await (await api.items()).read();
      await pair.client.abort();
      await settle(pair.clock);
      await rejectionOf(local.whenSent);
    }));
});
