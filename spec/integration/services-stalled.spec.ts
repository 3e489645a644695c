import { expect } from 'chai';

import {
  ClosedError,
  type RemoteStream,
  stream,
  StreamClosedError,
  TimeoutError,
} from '../../lib/index.ts';
import { createTestPair, runUntil, settle } from '../../lib/testing.ts';
import { Counter } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

describe('services with a peer that stands still', () => {
  describe('a peer that has stopped reading', () => {
    /** More than any buffer on the way takes. */
    async function* flood(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(100_000);
    }

    it('B2-19 holds up no close of a client for longer than lingerMs', async () => {
      await using pair = await createTestPair();
      const { server, client, clock } = pair;
      let isReading = false;
      server.expose('s', {
        async take(items: AsyncIterable<Uint8Array>) {
          for await (const _item of items) {
            isReading = true;
            await new Promise(() => {});
          }
        },
      });
      const { take } = client.api<{ take(items: AsyncIterable<Uint8Array>): Promise<void> }>('s');
      const refused = rejectionOf(take(flood()), ClosedError);
      await settle(clock);
      expect(isReading).to.equal(true);
      const before = clock.now();
      await runUntil(clock, client.close());
      expect(clock.now() - before).to.be.at.most(2_000);
      await refused;
    });

    it('B2-19 holds up no close of a server for longer than graceMs and lingerMs', async () => {
      await using pair = await createTestPair();
      const { server, client, clock } = pair;
      server.expose('s', { flood });
      const items = await runUntil(
        clock,
        client.api<{ flood(): AsyncIterable<Uint8Array> }>('s').flood(),
      );
      await items.read();
      await settle(clock);
      const before = clock.now();
      await runUntil(clock, server.close({ graceMs: 500 }));
      expect(clock.now() - before).to.be.within(500, 2_500);
      await rejectionOf(collectReads(items), StreamClosedError);
    });
  });

  it('X6 receiveTimeoutMs holds for opening the stream as well', async () => {
    const memory = memoryPair({
      faults: (index) => (index === 0 ? undefined : { connectDelayMs: 9_000 }),
    });
    await withServer(memory, async ({ server, client }) => {
      const { clock } = memory;
      server.expose('s', { count: () => new Counter().items() });
      const count = client.api<{ count(): AsyncIterable<number> }>('s', { receiveTimeoutMs: 100 });
      const items = await runUntil(clock, count.count());
      const before = clock.now();
      await rejectionOf(runUntil(clock, items[Symbol.asyncIterator]().next()), TimeoutError);
      expect(clock.now() - before).to.equal(100);
    });
  });
});

describe('limits of a view', () => {
  /** A method whose result has streams in a field and in items, none of which ever gives an item. */
  const nested = {
    async table() {
      const never = (): AsyncIterable<number> => stream(silent);
      async function* rows(): AsyncGenerator<{ cells: AsyncIterable<number> }> {
        yield { cells: never() };
      }
      return { field: never(), rows: rows() };
    },
  };

  async function* silent(signal: AbortSignal): AsyncGenerator<number> {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    yield 0;
  }

  interface Table {
    readonly field: RemoteStream<number>;
    readonly rows: RemoteStream<{ readonly cells: RemoteStream<number> }>;
  }

  for (const [limit, options] of Object.entries({
    receiveTimeoutMs: { receiveTimeoutMs: 100 },
    streamTimeoutMs: { streamTimeoutMs: 100 },
  })) {
    it(`X6 ${limit} holds for streams in fields of a result, and in items of these`, async () => {
      await using pair = await createTestPair();
      const { server, client, clock } = pair;
      server.expose('s', nested);
      const api = client.api<{ table(): Promise<Table> }>('s', options);
      const { field, rows } = await runUntil(clock, api.table());
      const row = await runUntil(clock, rows[Symbol.asyncIterator]().next());
      for (const unread of [field, (row.value as { cells: RemoteStream<number> }).cells]) {
        const before = clock.now();
        const error = await rejectionOf(
          runUntil(clock, unread[Symbol.asyncIterator]().next()),
          Error,
        );
        expect(error).to.have.property('code', 'ERR_TIMEOUT');
        expect(clock.now() - before).to.equal(100);
      }
    });
  }

  it('X6 a signal of a view ends streams in fields of a result', async () => {
    await using pair = await createTestPair();
    const { server, client, clock } = pair;
    server.expose('s', nested);
    const abort = new AbortController();
    const api = client.api<{ table(): Promise<Table> }>('s', { signal: abort.signal });
    const { field } = await runUntil(clock, api.table());
    const reading = rejectionOf(field[Symbol.asyncIterator]().next(), Error);
    await settle(clock);
    abort.abort();
    expect(await reading).to.have.property('code', 'ERR_CANCELED');
  });
});

/** Reads to the end, one by one. */
async function collectReads(items: RemoteStream<unknown>): Promise<unknown[]> {
  const collected: unknown[] = [];
  for (let step; (step = await items.read()).done !== true;) collected.push(step.value);
  return collected;
}
