import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import { SLAB_BYTES } from '../../lib/base/slab-pool.ts';
import type { StreamEvent } from '../../lib/diagnostics.ts';
import {
  actuallab,
  type ResumableOptions,
  type RemoteStream,
  stream,
  type StreamOptions,
} from '../../lib/index.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { heldObjects } from '../support/held-objects.ts';
import { Numbers } from '../support/numbers.ts';
import { collect, inMemory, type PassingPair, SIDES, withPassing } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';

/** Turns in which everything happens that needs no time. */
const SETTLED = 60;

/** Streams in a row, so that what each of them leaves behind adds up. */
const STREAMS = 40;
const PAYLOAD_BYTES = 60_000;

/** A pair in memory, whose clock the test moves. */
async function withPair(
  run: (pair: PassingPair, passTime: (ms: number) => Promise<void>) => Promise<void>,
  log = new CollectedLog(),
): Promise<void> {
  const memory = inMemory({ both: { logger: log, limits: { promiseLeaseMs: 1_000 } } });
  await withPassing(memory, async (pair) => {
    await run(pair, async (ms) => {
      for (let passed = 0; passed < ms; passed += 50) {
        memory.clock.advance(50);
        await turns(SETTLED);
      }
    });
  });
}

/** Cuts the lane that was opened last. */
function cutLane({ networks: [dialed] }: PassingPair): void {
  dialed.sockets.at(-1)!.destroy();
}

for (const from of SIDES) {
  describe(`the window of a resumable stream, the ${from}’s`, () => {
    const numbers = (
      options: ResumableOptions,
    ): { made: Numbers; local: ReturnType<typeof make> } => {
      const made = new Numbers();
      return { made, local: make(made, options) };
    };
    const make = (made: Numbers, options: ResumableOptions) =>
      stream(made.upTo(Infinity), { resumable: options });

    const ways: [title: string, options: StreamOptions<unknown>][] = [
      [
        'L6 holds as many items as are sent ahead of what the reader has consumed',
        { resumable: { windowItems: 61, ackPeriod: 30 } },
      ],
      ['L1 has 61 items, and opens after 30, with the preset of ActualLab', actuallab],
    ];
    for (const [title, options] of ways)
      it(title, async () => {
        await withPair(async ({ passing }, passTime) => {
          const made = new Numbers();
          const local = stream(made.upTo(Infinity), options);
          const remote = await passing.stream(from, local);
          await remote.read();
          await turns(SETTLED);
          expect(made.made).to.equal(61);
          for (let read = 1; read < 30; read++) await remote.read();
          await turns(SETTLED);
          expect(made.made).to.equal(61);
          await remote.read();
          await turns(SETTLED);
          expect(made.made).to.equal(61 + 30);
          expect(local).to.include({ acknowledgedItems: 30, lastAckIndex: 29, skipCount: 0 });
          await remote.read();
          await passTime(50);
          expect(local.acknowledgedItems).to.equal(31);
          remote.cancel();
        });
      });

    it('L13 is all that is asked of the source while there is no lane', async () => {
      await withPair(async (pair, passTime) => {
        const { made, local } = numbers({ windowItems: 10 });
        const remote = await pair.passing.stream(from, local);
        await remote.read();
        await turns(SETTLED);
        for (let cut = 0; cut < 3; cut++) {
          cutLane(pair);
          await passTime(500);
        }
        expect(made.made).to.equal(10);
        for (let item = 1; item < 40; item++) expect((await remote.read()).value).to.equal(item);
        remote.cancel();
      });
    });

    it('L6 holds back no item behind a batch that is complete', async () => {
      await withPair(async ({ passing }) => {
        const stopped = new Deferred();
        async function* items(): AsyncGenerator<Uint8Array> {
          // The first one completes a batch, so that the end of the turn is not planned for it.
          for (const bytes of [SLAB_BYTES, 1, 2]) yield new Uint8Array(bytes);
          await stopped.promise;
        }
        const remote = await passing.stream(from, stream(items(), { resumable: true }));
        const read = [];
        while (read.length < 3) read.push((await remote.read()).value?.length);
        expect(read).to.deep.equal([SLAB_BYTES, 1, 2]);
        remote.cancel();
        stopped.resolve();
      });
    });

    it('lets an item above it pass alone', async () => {
      await withPair(async ({ passing }) => {
        let made = 0;
        async function* large(): AsyncGenerator<Uint8Array> {
          for (; made < 6; made++) yield new Uint8Array(50_000).fill(made);
        }
        const local = stream(large(), { resumable: { windowBytes: 1_000 } });
        const remote = await passing.stream<Uint8Array>(from, local);
        for (let item = 0; item < 6; item++) {
          expect((await remote.read()).value?.[0]).to.equal(item);
          await turns(SETTLED);
          expect(local.sentItems).to.equal(item + 1);
        }
        expect((await remote.read()).done).to.equal(true);
        await local.whenSent;
      });
    });

    it('opens by what the reader says where it acknowledges by hand', async () => {
      await withPair(async ({ passing }, passTime) => {
        const acks: number[] = [];
        const onAckProcessed = (items: number): void => {
          acks.push(items);
          throw new Error('a listener’s error changes nothing');
        };
        const { made, local } = numbers({ windowItems: 8, ack: 'manual', onAckProcessed });
        const remote = await passing.stream(from, local);
        remote.ack = 'manual';
        expect(remote.wantsManualAck).to.equal(false);
        for (let item = 0; item < 8; item++) await remote.read();
        expect(remote.wantsManualAck).to.equal(true);
        await passTime(200);
        expect([made.made, local.acknowledgedItems]).to.deep.equal([8, 0]);
        remote.acknowledge(5);
        remote.acknowledge(3);
        await passTime(100);
        expect([made.made, local.acknowledgedItems]).to.deep.equal([13, 5]);
        remote.acknowledge();
        await passTime(100);
        expect([made.made, local.acknowledgedItems]).to.deep.equal([16, 8]);
        expect(acks).to.deep.equal([5, 8]);
        expect(remote).to.include({ acknowledgedItems: 8, lastAckIndex: 7, nextIndex: 8 });
        remote.cancel();
      });
    });

    it('L6 costs its producer no memory for what was taken and is not acknowledged by hand', async () => {
      await withPair(async ({ passing, client, server }, passTime) => {
        let made = 0;
        async function* large(): AsyncGenerator<Uint8Array> {
          for (; ; made++) yield new Uint8Array(996);
        }
        const windowBytes = 8_000;
        const local = stream(large(), { resumable: { windowBytes } });
        const remote = await passing.stream<Uint8Array>(from, local);
        remote.ack = 'manual';
        const kept = (): unknown =>
          (from === 'client' ? client : server)
            .snapshot()
            .connections.flatMap(({ streams }) => streams)
            .find(({ side }) => side === 'producer')?.bufferedBytes;
        await remote.read();
        await turns(SETTLED);
        const sent = made;
        expect(kept()).to.be.within(windowBytes, windowBytes + 2_000);
        for (let item = 1; item < 8; item++) await remote.read();
        await passTime(200);
        expect(kept()).to.equal(0);
        expect([made, local.acknowledgedItems]).to.deep.equal([sent, 0]);
        remote.acknowledge(4);
        await turns(SETTLED);
        expect([made, local.acknowledgedItems]).to.deep.equal([sent + 4, 4]);
        remote.cancel();
      });
    });

    it('is settled when all is acknowledged, behind the end', async () => {
      await withPair(async (pair, passTime) => {
        const local = stream([1, 2, 3], { resumable: true });
        const remote = await pair.passing.stream(from, local);
        remote.ack = 'manual';
        expect(await collect(remote)).to.deep.equal([1, 2, 3]);
        let isSent = false;
        void local.whenSent.then(() => (isSent = true));
        await passTime(500);
        expect(isSent).to.equal(false);
        remote.acknowledge();
        await local.whenSent;
        expect(local.acknowledgedItems).to.equal(3);
      });
    });

    it('is given back when a reader leaves that has not acknowledged all', async () => {
      await withPair(async ({ passing }) => {
        const local = stream([1, 2, 3], { resumable: true });
        const remote = await passing.stream(from, local);
        remote.ack = 'manual';
        await collect(remote);
        remote.cancel(new Error('never mind'));
        expect(await rejectionOf(local.whenSent)).to.include({ code: 'ERR_CANCELED' });
      });
    });

    it('takes acknowledgements by hand only for what was read, and where they were chosen', async () => {
      await withPair(async ({ passing }) => {
        const remote = await passing.stream(from, numbers({ windowItems: 4 }).local);
        await remote.read();
        expect(() => remote.acknowledge()).to.throw("set ack to 'manual'");
        remote.ack = 'manual';
        for (const wrong of [2, -1, 0.5, NaN])
          expect(() => remote.acknowledge(wrong)).to.throw('upTo');
        remote.acknowledge(1);
        expect(() => (remote.ack = 'auto')).to.throw('before any item is acknowledged');
        expect(() => (remote.ack = 'never' as 'auto')).to.throw('option ack');
        remote.cancel();
      });
    });

    it('warns once, after 30 s, of a reader that acknowledges nothing, and other streams go on', async () => {
      const log = new CollectedLog();
      await withPair(async ({ passing }, passTime) => {
        const remote = await passing.stream(from, numbers({ windowItems: 5 }).local);
        remote.ack = 'manual';
        await remote.read();
        const warnings = (): string[] => log.lines.filter((line) => line.includes('for 30 s'));
        await passTime(29_900);
        expect(warnings()).to.deep.equal([]);
        await passTime(200);
        expect(warnings()).to.have.length(1);
        expect(warnings()[0]).to.match(/the window of stream \d+ is full, .* none of 5 items/);
        await passTime(60_000);
        expect(warnings()).to.have.length(1);
        const other = await passing.stream(from, stream([1, 2], { resumable: true }));
        expect(await collect(other)).to.deep.equal([1, 2]);
        remote.cancel();
      }, log);
    });

    it('tells sluice:stream:unacknowledged of such a reader, with the stream’s own event', async () => {
      const told: StreamEvent[] = [];
      const onTold = (event: unknown): void => void told.push(event as StreamEvent);
      subscribe('sluice:stream:unacknowledged', onTold);
      try {
        await withPair(async ({ passing }, passTime) => {
          const remote = await passing.stream(from, numbers({ windowItems: 5 }).local);
          remote.ack = 'manual';
          await remote.read();
          await passTime(29_900);
          expect(told).to.deep.equal([]);
          await passTime(60_000);
          expect(told).to.have.length(1);
          expect(told[0]).to.include({ side: 'producer', kind: 'value' });
          remote.cancel();
        });
      } finally {
        unsubscribe('sluice:stream:unacknowledged', onTold);
      }
    });

    it('L15 shows its progress: the round trip, and each item that was taken over', async () => {
      await withPair(async ({ passing }, passTime) => {
        const buffered: number[] = [];
        const made = new Numbers();
        const onBuffered = (items: number): void => void buffered.push(items);
        const local = stream(made.upTo(Infinity), { resumable: { windowItems: 3, onBuffered } });
        expect(local).to.include({ minRttMs: -1, lastAckIndex: -1, nextIndex: 0 });
        const remote = await passing.stream(from, local);
        await remote.read();
        await turns(SETTLED);
        expect(buffered).to.deep.equal([1, 2, 3]);
        expect(local.minRttMs).to.equal(-1);
        const reading = remote.read();
        await passTime(50);
        await reading;
        expect(local.minRttMs).to.be.within(0, 50);
        await passTime(20_500);
        expect(local.minRttMs).to.equal(-1);
        remote.cancel();
      });
    });

    it('keeps a nested stream open whose item is unread beyond its lease', async () => {
      await withPair(async (pair, passTime) => {
        async function* outer(): AsyncGenerator<unknown> {
          for (let item = 0; ; item++) yield { inner: stream([item], { resumable: true }) };
        }
        const local = stream(outer() as AsyncGenerator<never>, { resumable: { windowItems: 3 } });
        const remote = await pair.passing.stream<{ inner: RemoteStream<number> }>(from, local);
        const first = (await remote.read()).value!;
        await passTime(5_000);
        cutLane(pair);
        await passTime(5_000);
        expect(await collect(first.inner)).to.deep.equal([0]);
        expect(await collect((await remote.read()).value!.inner)).to.deep.equal([1]);
        expect(await collect((await remote.read()).value!.inner)).to.deep.equal([2]);
        remote.cancel();
      });
    });

    it('ends the lease of a nested stream that nobody wants once its item was taken', async () => {
      await withPair(async ({ passing }, passTime) => {
        let released = 0;
        const inner = {
          [Symbol.asyncIterator]: () => ({
            next: () => Promise.resolve({ done: true as const, value: 0 }),
          }),
        };
        const nested = stream(inner);
        nested.whenSent.catch(() => released++);
        const local = stream([{ nested }] as never[], { resumable: true });
        const remote = await passing.stream<{ nested: RemoteStream<number> }>(from, local);
        await passTime(5_000);
        const { value } = await remote.read();
        value!.nested.cancel();
        await passTime(3_000);
        expect(released).to.equal(1);
      });
    });

    it('holds nothing when the stream is over', async () => {
      await withPassing(async ({ passing, server, client }) => {
        const run = async (): Promise<void> => {
          for (let round = 0; round < STREAMS; round++) {
            const payloads = Array.from({ length: 20 }, () => new Uint8Array(PAYLOAD_BYTES));
            const local = stream(payloads, { resumable: { windowBytes: 200_000 } });
            const remote = await passing.stream<Uint8Array>(from, local);
            if (round % 2 === 0) await collect(remote);
            else {
              await remote.read();
              remote.cancel();
            }
            await local.whenSent.catch(() => {});
          }
          await until(() =>
            [server, client].every((end) =>
              end.snapshot().sessions.every((one) => one.promisedStreams === 0),
            ),
          );
        };
        await run();
        const objects = await heldObjects();
        const { arrayBuffers } = process.memoryUsage();
        await run();
        expect((await heldObjects()) - objects, 'objects').to.be.lessThan(STREAMS / 4);
        expect(process.memoryUsage().arrayBuffers - arrayBuffers).to.be.lessThan(PAYLOAD_BYTES);
      });
    });
  });
}
