import { expect } from 'chai';

import { raw } from '../../lib/layout.ts';
import { type RemoteStream, stream, StreamClosedError } from '../../lib/index.ts';
import { collect, Counter, inMemory, SIDES, withPassing } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';

const MIB = 1_048_576;

/** A stream of as many streams of numbers. */
async function* nest(streams: number, items: number): AsyncGenerator<AsyncIterable<number>> {
  for (let index = 0; index < streams; index++) yield new Counter(items).items();
}

/** What {@link nest} is at the other side. */
type Nested = RemoteStream<RemoteStream<number>>;

describe('what streams in values cost', () => {
  for (const from of SIDES) {
    describe(`where they are the ${from}’s`, () => {
      it('10,000 one after the other, within another, need at most 4 child connections', async () => {
        await withPassing(async ({ passing, networks, server }) => {
          const rows = (await passing.stream(from, nest(10_000, 3))) as unknown as Nested;
          let items = 0;
          let most = 0;
          for await (const row of rows) {
            for await (const item of row) items += item;
            most = Math.max(most, networks[1].openCount);
          }
          expect(items).to.equal(30_000);
          expect(
            networks[1].sockets,
            'all that were ever opened, and the main one',
          ).to.have.length.at.most(1 + 4);
          expect(most).to.be.at.most(1 + 4);
          expect(server.stats.refusedConnections).to.equal(0);
        });
      });

      it('1,000 at once work within maxChildren', async () => {
        await withPassing(async ({ passing, networks }) => {
          const streams = await passing.pass<RemoteStream<number>[]>(
            from,
            Array.from({ length: 1_000 }, () => new Counter(5).items()),
          );
          // All are open before the first of them ends.
          const first = await Promise.all(streams.map((remote) => remote.read()));
          expect(first.every(({ value }) => value === 0)).to.equal(true);
          expect(networks[1].openCount).to.equal(1_001);
          const rest = await Promise.all(
            streams.map(async (remote) => {
              let sum = 0;
              for (let step; !(step = await remote.read()).done;) sum += step.value;
              return sum;
            }),
          );
          expect(rest.every((sum) => sum === 10)).to.equal(true);
          await until(() => networks[1].openCount <= 1 + 64);
        });
      });

      it('X12 opening on a parked lane needs no new connection, and no round trip', async () => {
        await withPassing(async ({ passing, networks }) => {
          for (let times = 0; times < 20; times++) {
            const remote = await passing.stream(from, new Counter(3).items());
            expect(await collect(remote)).to.deep.equal([0, 1, 2]);
            await turns(20);
          }
          expect(networks[0].sockets).to.have.length(2);
        });
      });

      it('a lane that carried a failed or a canceled stream is used again', async () => {
        await withPassing(async ({ passing, networks }) => {
          for (let times = 0; times < 5; times++) {
            const failing = (async function* () {
              yield 1;
              throw new Error('broken');
            })();
            await rejectionOf(collect(await passing.stream(from, failing)), Error);
            await turns(20);
            const counter = new Counter();
            const small = stream(
              (async function* () {
                for await (const number of counter.items()) {
                  yield number;
                  await turns(1);
                }
              })(),
            );
            for await (const item of await passing.stream(from, small)) if (item === 3) break;
            await until(() => counter.released === 1);
            await turns(20);
          }
          expect(networks[0].sockets).to.have.length(2);
        });
      });

      it('X12 parked lanes are retired after parkedIdleMs', async () => {
        const options = inMemory({ both: { limits: { parkedIdleMs: 5_000 } } });
        await withPassing(options, async ({ passing, networks }) => {
          const streams = await passing.pass<RemoteStream<number>[]>(
            from,
            Array.from({ length: 3 }, () => new Counter(1).items()),
          );
          await Promise.all(streams.map((remote) => collect(remote)));
          await turns(20);
          expect(networks[1].openCount).to.equal(4);
          options.clock.advance(4_999);
          await turns(20);
          expect(networks[1].openCount).to.equal(4);
          options.clock.advance(1);
          await turns(20);
          expect([networks[0].openCount, networks[1].openCount]).to.deep.equal([1, 1]);
          expect(await collect(await passing.stream(from, new Counter(2).items()))).to.have.length(
            2,
          );
        });
      });

      it('X12 lanes are retired at once beyond maxParked', async () => {
        const options = inMemory({ both: { limits: { maxParked: 2 } } });
        await withPassing(options, async ({ passing, networks }) => {
          const streams = await passing.pass<RemoteStream<number>[]>(
            from,
            Array.from({ length: 5 }, () => new Counter(2).items()),
          );
          await Promise.all(streams.map((remote) => remote.read()));
          expect(networks[1].openCount).to.equal(6);
          await Promise.all(
            streams.map(async (remote) => {
              while (!(await remote.read()).done);
            }),
          );
          await turns(20);
          expect([networks[0].openCount, networks[1].openCount]).to.deep.equal([3, 3]);
        });
      });

      it('a canceled stream with more than 1 MiB under way closes its lane, and nothing else', async () => {
        const options = inMemory({ bufferBytes: 8 * MIB });
        await withPassing(options, async ({ passing, client, networks }) => {
          const other = await passing.stream(from, new Counter().items());
          await other.read();
          let released = 0;
          const bulk = (async function* () {
            try {
              for (;;) yield Buffer.alloc(256_000);
            } finally {
              released++;
            }
          })();
          const remote = await passing.stream<Uint8Array>(from, stream(bulk, { serializer: raw }));
          await remote.read();
          await turns(200);
          remote.cancel();
          await until(() => released === 1);
          options.clock.advance(60_000);
          await turns(50);
          expect(networks[0].openCount, 'the main connection and the other’s lane').to.equal(2);
          expect((await other.read()).done).to.equal(false);
          await rejectionOf(remote.ended, StreamClosedError);
          expect(client.state).to.equal('connected');
          expect(await collect(await passing.stream(from, new Counter(2).items()))).to.have.length(
            2,
          );
        });
      });
    });
  }
});
