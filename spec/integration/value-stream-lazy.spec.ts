import { expect } from 'chai';
import { Readable } from 'node:stream';

import { MisuseError, StreamNotFoundError } from '../../lib/errors/errors.ts';
import { type RemoteStream, stream } from '../../lib/index.ts';
import { collectUntil } from '../support/collect-garbage.ts';
import {
  collect,
  collectToError,
  Counter,
  inMemory,
  SIDES,
  withPassing,
} from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';

/** Beyond what a silent pair does by itself. */
const LONG_MS = 1_000_000;

describe('a stream in a value that nobody has read', () => {
  for (const from of SIDES) {
    describe(`of the ${from}’s`, () => {
      it('K7, L3 is asked for nothing, and opens no connection, before the first next', async () => {
        await withPassing(async ({ passing, networks }) => {
          const counter = new Counter(1);
          const remote = await passing.stream(from, counter.items());
          const iterator = remote[Symbol.asyncIterator]();
          await turns(100);
          expect(counter.started).to.equal(0);
          expect(networks[0].sockets).to.have.length(1);
          expect(await iterator.next()).to.deep.equal({ done: false, value: 0 });
          expect(counter.started).to.equal(1);
          expect(networks[0].sockets).to.have.length(2);
        });
      });

      it('L3 that is left before is never opened, and its source let go of', async () => {
        await withPassing(async ({ passing, networks }) => {
          const leave: readonly ((remote: RemoteStream<number>) => unknown)[] = [
            (remote) => remote.cancel(),
            (remote) => remote[Symbol.asyncIterator]().return?.(),
            (remote) => remote[Symbol.asyncDispose](),
          ];
          for (const way of leave) {
            const readable = new Readable({ objectMode: true, read() {} });
            await way(await passing.stream(from, readable));
            await until(() => readable.closed);
          }
          expect(networks[0].sockets).to.have.length(1);
        });
      });

      it('L3 that was dropped is let go of when it is collected, and is no leak', async () => {
        await withPassing(async ({ passing, client, server, networks }) => {
          const readable = new Readable({ objectMode: true, read() {} });
          await passing.pass(from, { rows: readable });
          await collectUntil(() => readable.destroyed);
          expect([client.stats.streamLeaked, server.stats.streamLeaked]).to.deep.equal([0, 0]);
          expect(networks[0].sockets).to.have.length(1);
        });
      });

      it('L3 that was dropped half read is ended when it is collected, and is a leak', async () => {
        await withPassing(async ({ passing, client, server }) => {
          const counter = new Counter();
          await (async () => {
            const remote = await passing.stream(from, counter.items());
            await remote.read();
          })();
          await collectUntil(() => counter.released === 1);
          expect(client.stats.streamLeaked + server.stats.streamLeaked).to.equal(1);
        });
      });

      it('L3 is kept as long as somebody holds it, and let go of with its lease otherwise', async () => {
        const options = inMemory({ both: { limits: { promiseLeaseMs: 9_000 } } });
        await withPassing(options, async ({ passing }) => {
          const { clock } = options;
          const counter = new Counter(3);
          const remote = await passing.stream(from, counter.items());
          for (let passed = 0; passed < LONG_MS / 100; passed += 3_000) {
            clock.advance(3_000);
            await turns(20);
          }
          expect(await collect(remote)).to.deep.equal([0, 1, 2]);
        });
      });

      it('L3 is kept in an item that its reader has yet to read, however slow that reader is', async () => {
        const options = inMemory({ both: { limits: { promiseLeaseMs: 9_000 } } });
        await withPassing(options, async ({ passing }) => {
          const { clock } = options;
          const rows = [0, 1, 2].map((row) => ({ cells: new Counter(row).items() }));
          const remote = await passing.stream<(typeof rows)[number]>(from, Readable.from(rows));
          let row = 0;
          for await (const { cells } of remote) {
            for (let passed = 0; passed < 30_000; passed += 3_000) {
              clock.advance(3_000);
              await turns(20);
            }
            expect(await collect(cells)).to.have.length(row++);
          }
          expect(row).to.equal(3);
        });
      });

      it('L3 is over when its reader did not renew it in time', async () => {
        // Only the producer's side gives so little time that the other's renewals come too late.
        const short = { limits: { promiseLeaseMs: 1_000 } };
        const options = inMemory(from === 'client' ? { client: short } : { server: short });
        await withPassing(options, async ({ passing }) => {
          const readable = new Readable({ objectMode: true, read() {} });
          const local = stream(readable as AsyncIterable<number>);
          const remote = await passing.stream(from, local);
          options.clock.advance(2_000);
          expect(readable.destroyed).to.equal(true);
          await rejectionOf(local.whenSent, StreamNotFoundError);
          const { items, error } = await collectToError(remote);
          expect(items).to.deep.equal([]);
          expect(error).to.include({ code: 'ERR_STREAM_NOT_FOUND' });
        });
      });

      it('L4 can be enumerated once', async () => {
        await withPassing(async ({ passing }) => {
          const counter = new Counter(2);
          const remote = await passing.stream(
            from,
            stream(() => counter.items()),
          );
          expect(await collect(remote)).to.deep.equal([0, 1]);
          await rejectionOf(collect(remote), MisuseError);
          expect(counter.started).to.equal(1);
        });
      });

      it('K7 is asked for no more than the reader takes, beyond the budgets', async () => {
        const limits = { sinkBudgetBytes: 1_000, sourceBudgetBytes: 1_000 };
        const options = inMemory({ bufferBytes: 1_000, both: { limits } });
        await withPassing(options, async ({ passing }) => {
          const counter = new Counter();
          const large = (async function* () {
            for await (const number of counter.items()) yield Buffer.alloc(100, number);
          })();
          const remote = await passing.stream<Uint8Array>(from, large);
          const iterator = remote[Symbol.asyncIterator]();
          await iterator.next();
          await turns(200);
          const { pulled } = counter;
          expect(pulled).to.be.below(50);
          await turns(200);
          expect(counter.pulled).to.equal(pulled);
          for (let read = 0; read < 50; read++) await iterator.next();
          await turns(200);
          expect(counter.pulled).to.be.within(pulled + 25, pulled + 75);
          await iterator.return?.();
        });
      });
    });
  }
});
