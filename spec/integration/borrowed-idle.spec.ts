import { expect } from 'chai';

import { raw } from '../../lib/layout.ts';
import type { Source } from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import { collectGarbage, collectUntil } from '../support/collect-garbage.ts';
import { type Direction, Streams } from '../support/streams.ts';
import { until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

/** Some of them come in pieces of memory that is not ours. */
const COUNT = 12;
const BYTES = 100_000;

type Memory = WeakRef<ArrayBufferLike>;

/** Borrows all messages together, so that each has a place of its own, and then takes the next step. */
async function borrowAll({ sink, source }: Direction<[Uint8Array]>): Promise<Set<Memory>> {
  // The first one is read by itself: the following ones come into memory that is used again.
  await sink.send(Buffer.alloc(BYTES));
  await source.readBatch({ borrowed: true });
  for (let i = 0; i < COUNT; i++) await sink.send(Buffer.alloc(BYTES));
  await until(() => source.bufferedBytes >= COUNT * BYTES);
  const batch = (await source.readBatch({ borrowed: true }))!;
  return new Set([...new Set(batch.map(([item]) => item.buffer))].map((item) => new WeakRef(item)));
}

function held(memories: Set<Memory>): number {
  return [...memories].filter((memory) => memory.deref() !== undefined).length;
}

describe('borrowed reading of an idle stream', () => {
  it('B1-borrowed holds no memory to be used again once its reader has been idle', async () => {
    const clock = new ManualClock();
    await withServer(
      { both: { clock, limits: { sourceBudgetBytes: 2 * COUNT * BYTES } } },
      async ({ server, client }) => {
        const streams = new Streams(server, client, { serializer: raw });
        const stream = await streams.oneWay<[Uint8Array]>();
        const memories = await borrowAll(stream);
        expect(memories.size).to.be.above(1);
        const next = nextLength(stream.source);
        await collectGarbage();
        expect(held(memories), 'while the reader may be quick').to.be.above(1);
        clock.advance(1_000);
        clock.advance(1_000);
        // The place of the next bytes may be one of them.
        await collectUntil(() => held(memories) <= 1);
        await stream.sink.send(Buffer.alloc(7));
        expect(await next).to.equal(7);
      },
    );
  });

  it('B1-borrowed leaves no timer of a stream that was lost while nobody read it', async () => {
    const clock = new ManualClock();
    await withServer({ both: { clock } }, async ({ server, client }) => {
      const streams = new Streams(server, client, { serializer: raw });
      const { sink, source } = await streams.oneWay<[Uint8Array]>();
      for (let i = 0; i < 3; i++) await sink.send(Buffer.alloc(10));
      await source.readBatch({ borrowed: true, max: 1 });
      await source.readBatch({ borrowed: true, max: 1 });
    });
    await until(() => clock.pendingTimers === 0);
  });
});

async function nextLength(source: Source<[Uint8Array]>): Promise<number | undefined> {
  return (await source.readBatch({ borrowed: true }))?.[0]?.[0].length;
}
