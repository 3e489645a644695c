import { expect } from 'chai';

import {
  ClosedError,
  type RemoteStream,
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

/** Reads to the end, one by one. */
async function collectReads(items: RemoteStream<unknown>): Promise<unknown[]> {
  const collected: unknown[] = [];
  for (let step; (step = await items.read()).done !== true;) collected.push(step.value);
  return collected;
}
