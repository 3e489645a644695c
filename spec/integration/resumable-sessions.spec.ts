import { expect } from 'chai';

import { callContext, CanceledError, type RemoteStream, stream, verb } from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import { withAway } from '../support/away.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { heldObjects } from '../support/held-objects.ts';
import { Numbers } from '../support/numbers.ts';
import { collect, SIDES, withProxied } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';

/** Turns in which everything happens that needs no time. */
const SETTLED = 60;
/** Streams in a row, so that what each of them leaves behind adds up. */
const STREAMS = 24;

const LEASE_MS = 1_000;
const ROUNDS = 12;

const ADD = verb<(x: number, y: number) => number>(70, { idempotent: true });
const COUNT_ONCE = verb<() => number>(71);
const HOLD = verb<() => Promise<void>>(72);

const from = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => first + at);

/** Lets time go by in steps, with turns between for what each brings. */
async function passTime(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    clock.advance(50);
    await turns(20);
  }
}

describe('resumable streams and the sessions that they belong to', () => {
  it('After all: memory 0', async () => {
    // Less than the streams hold together that are left early, if they give nothing back.
    const limits = { sessionRetainBytes: 400_000 };
    const payloads = (): Uint8Array[] => Array.from({ length: 6 }, () => new Uint8Array(30_000));
    await withAway(
      async ({ passing, proxy, server, client, leave, comeBack }) => {
        const run = async (): Promise<void> => {
          for (let round = 0; round < STREAMS; round++) {
            const local = stream(payloads(), { resumable: { windowBytes: 100_000 } });
            const remote = await passing.stream<Uint8Array>(SIDES[round % 2]!, local);
            await remote.read();
            if (round % 6 === 5) {
              await leave();
              await comeBack();
            } else proxy.connections.at(-1)!.reset();
            if (round % 4 === 3) remote.cancel();
            else while ((await remote.read()).done !== true);
            await local.whenSent.catch(() => {});
          }
          const sessions = (): readonly { readonly promisedStreams: number }[] =>
            [server, client].flatMap((end) => end.snapshot().sessions);
          await until(() => sessions().every(({ promisedStreams }) => promisedStreams === 0));
          await leave();
          await comeBack();
          // The proxy keeps an account of its connections, of which one is open now.
          proxy.connections.splice(0, proxy.connections.length - 1);
        };
        await run();
        const objects = await heldObjects();
        const { arrayBuffers } = process.memoryUsage();
        await run();
        expect((await heldObjects()) - objects, 'objects').to.be.lessThan(STREAMS / 2);
        expect(process.memoryUsage().arrayBuffers - arrayBuffers).to.be.lessThan(60_000);
        for (const side of SIDES) {
          const local = stream(payloads(), { resumable: { windowBytes: 100_000 } });
          const remote = await passing.stream<Uint8Array>(side, local);
          await remote.read();
          // The window is full, where the account of the session has room for more than one item.
          await until(() => local.sentItems === 4);
          remote.cancel();
        }
      },
      { both: { limits } },
    );
  });

  it('Every kind counted: calls, cancels, streams, their headers and acknowledgements between cuts', async () => {
    await withAway(async ({ server, client, passing, leave, comeBack }) => {
      let [runs, held, stopped] = [0, 0, 0];
      server.handle(ADD, (_context, x, y) => x + y);
      server.handle(COUNT_ONCE, () => ++runs, { once: true });
      server.handle(HOLD, async ({ signal }) => {
        held++;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        stopped++;
      });
      const lines = {
        give() {
          callContext().setHeader('columns', 'name');
          callContext().setTrailer('rows', '20');
          const resumable = { windowItems: 2, ackPeriod: 1 };
          return stream(new Numbers().upTo(20), { resumable, checksum: 'crc32' });
        },
      };
      server.expose('lines', lines);
      const api = client.api<typeof lines>('lines');
      for (let round = 1; round <= ROUNDS; round++) {
        const given = await api.give();
        const up = stream(new Numbers().upTo(20), { resumable: { windowItems: 3 } });
        const taken = collect(await passing.stream('client', up));
        const abort = new AbortController();
        const hold = rejectionOf(client.with({ signal: abort.signal }).call(HOLD));
        const calls = [client.call(ADD, round, 1), client.call(COUNT_ONCE)];
        const given20 = collect(given);
        await turns(3 * round);
        await leave();
        abort.abort();
        expect(await comeBack()).to.equal(true);
        expect(await Promise.all(calls)).to.deep.equal([round + 1, round]);
        expect(await given20).to.have.length(20);
        expect(await taken).to.have.length(20);
        expect(await given.headers).to.deep.include({ columns: 'name' });
        expect(await given.trailers).to.deep.include({ rows: '20' });
        await hold;
        await until(() => stopped === held);
      }
      expect(runs).to.equal(ROUNDS);
      expect(client.stats.reconnects).to.equal(ROUNDS);
    });
  });

  it('tell the producers of a call that fails how many items are certain, nested ones too', async () => {
    interface Item {
      inner: RemoteStream<number>;
    }
    interface Given {
      inner: AsyncIterable<number>;
    }
    const ITEMS = { windowItems: 5, ackPeriod: 1 };
    for (const [reconnect, end] of [
      [true, 'lost'],
      [false, 'lost'],
      [true, 'closed while away'],
    ] as const) {
      const options = {
        client: { reconnect },
        server: end === 'lost' ? { sessionKeepMs: 0 } : {},
      };
      await withProxied(
        () => ({}),
        async ({ server, client, proxy }) => {
          const inner = stream(new Numbers().upTo(Infinity), { resumable: ITEMS });
          const others = from(1, 100).map((item) => ({ inner: stream([item]) }));
          const outer = stream<Given>([{ inner }, ...others], { resumable: ITEMS });
          server.expose('store', {
            async take(items: RemoteStream<Item>): Promise<void> {
              const first = (await items.read()).value!.inner;
              for (let read = 1; read < 3; read++) await items.read();
              for (let read = 0; read < 2; read++) await first.read();
              await new Promise(() => {});
            },
          });
          const call = client.api<{ take(items: AsyncIterable<Given>): Promise<void> }>('store');
          const taken = rejectionOf(call.take(outer));
          await until(() => outer.acknowledgedItems === 2 && inner.acknowledgedItems === 1);
          for (const connection of proxy.connections) connection.reset();
          if (end !== 'lost') {
            await until(() => client.state === 'reconnecting');
            await client.abort();
          }
          const { message } = await taken;
          const error = await rejectionOf(outer.whenSent, CanceledError);
          expect(error.message).to.match(
            /^the call was canceled; of 7 items the consumer has taken [23], and acknowledged 2$/,
          );
          const nested = await rejectionOf(inner.whenSent, CanceledError);
          expect(nested.message).to.match(/; of 6 items the consumer has taken [12], and /);
          expect(message).to.contain((error.cause as Error).message.split(';')[0]);
        },
        options,
      );
    }
  });

  for (const side of SIDES) {
    it(`Unread beyond a lease: nested opens, the ${side}’s`, async () => {
      const clock = new ManualClock();
      const limits = { pingIntervalMs: 0, promiseLeaseMs: LEASE_MS };
      const both = { clock, limits };
      await withAway(
        async ({ passing, leave, comeBack }) => {
          const outer = stream(
            [0, 1, 2, 3].map((item) => ({ inner: stream([item], { resumable: true }) })),
            { resumable: true },
          );
          const remote = await passing.stream<{ inner: AsyncIterable<number> }>(side, outer);
          // Of two the leases have begun, which stand still while there is no connection.
          const taken = [(await remote.read()).value!, (await remote.read()).value!];
          await passTime(clock, 3 * LEASE_MS);
          await leave();
          await passTime(clock, 3 * LEASE_MS);
          expect(await comeBack(clock)).to.equal(true);
          await passTime(clock, 3 * LEASE_MS);
          const got: number[][] = [];
          for (const { inner } of taken) got.push(await collect(inner));
          for (let step; (step = await remote.read()).done !== true;) {
            got.push(await collect(step.value.inner));
          }
          expect(got).to.deep.equal([[0], [1], [2], [3]]);
        },
        { both },
      );
    });

    it(`say at both ends what is certain when the session is lost, the ${side}’s`, async () => {
      const server = { sessionKeepMs: 0 };
      await withAway(
        async ({ passing, leave, comeBack }) => {
          const resumable = { windowItems: 5, ackPeriod: 1 };
          const local = stream(new Numbers().upTo(Infinity), { resumable });
          const ended = rejectionOf(local.whenSent);
          const remote = await passing.stream(side, local);
          for (let read = 0; read < 3; read++) await remote.read();
          await until(() => local.acknowledgedItems === 2);
          await leave();
          expect(await comeBack()).to.equal(false);
          const error = await ended;
          expect(error).to.include({ code: 'ERR_STREAM_CLOSED' });
          expect(error.message).to.match(
            /consumer is lost: .*; of 7 items the consumer has taken [23], and acknowledged 2$/,
          );
          const unread = await rejectionOf(remote.read());
          expect(unread).to.include({ code: 'ERR_STREAM_NOT_FOUND' });
          expect(unread.message).to.contain('; 3 items were read, ');
        },
        { server },
      );
    });

    it(`Old session’s ack: dropped, the ${side}’s`, async () => {
      const server = { sessionKeepMs: 0 };
      await withAway(
        async ({ passing, leave, comeBack }) => {
          const begin = async (): Promise<{
            local: ReturnType<typeof stream>;
            numbers: Numbers;
            remote: RemoteStream<unknown>;
          }> => {
            const numbers = new Numbers();
            const local = stream<unknown>(numbers.upTo(Infinity), {
              resumable: { windowItems: 2 },
            });
            const remote = await passing.stream(side, local);
            remote.ack = 'manual';
            await remote.read();
            await remote.read();
            return { local, numbers, remote };
          };
          const old = await begin();
          await leave();
          expect(await comeBack()).to.equal(false);
          // It has the number of the old one, since both are the first of their sessions.
          const next = await begin();
          old.remote.acknowledge();
          await rejectionOf(old.remote.read());
          await turns(SETTLED);
          expect(next.local.acknowledgedItems).to.equal(0);
          expect(next.numbers.made).to.equal(2);
          next.remote.acknowledge(1);
          await until(() => next.numbers.made === 3);
          next.remote.cancel();
        },
        { server },
      );
    });

    it(`Never acks: warned, siblings go on, the ${side}’s`, async () => {
      const clock = new ManualClock();
      const log = new CollectedLog();
      const both = { clock, logger: log, limits: { pingIntervalMs: 0 } };
      await withAway(
        async ({ passing }) => {
          const warned = (): string[] => log.lines.filter((line) => line.includes('for 30 s'));
          const numbers = new Numbers();
          const local = stream(numbers.upTo(Infinity), { resumable: { windowItems: 5 } });
          const remote = await passing.stream(side, local);
          remote.ack = 'manual';
          for (let read = 0; read < 5; read++) await remote.read();
          await passTime(clock, 29_000);
          expect(warned()).to.deep.equal([]);
          await passTime(clock, 1_500);
          expect(warned()).to.have.length(1);
          const sibling = stream(new Numbers().upTo(500), { resumable: { windowItems: 5 } });
          const read = collect(await passing.stream(side, sibling));
          expect(await read).to.have.length(500);
          await passTime(clock, 60_000);
          expect(warned()).to.have.length(1);
          expect(numbers.made).to.equal(5);
          remote.cancel();
        },
        { both },
      );
    });
  }
});
