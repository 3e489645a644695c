import { expect } from 'chai';

import {
  type Limits,
  RefusedError,
  type RemoteStream,
  stream,
  type Verb,
  verb,
} from '../../lib/index.ts';
import {
  collect,
  collectToError,
  Counter,
  inMemory,
  SIDES,
  withPassing,
} from '../support/passing.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';

const CALL: Verb<(...args: unknown[]) => unknown> = verb(1);

function both(limits: Partial<Limits>): ReturnType<typeof inMemory> {
  return inMemory({ both: { limits } });
}

/** A stream of as many streams of one item. */
async function* nest(count: number): AsyncGenerator<AsyncIterable<number>> {
  for (let index = 0; index < count; index++) yield stream([index]);
}

describe('limits of streams in values', () => {
  for (const from of SIDES) {
    describe(`of the ${from}’s`, () => {
      it('beyond maxChildren opening fails with the option’s name, and never waits', async () => {
        await withPassing(both({ maxChildren: 3 }), async ({ passing }) => {
          const streams = await passing.pass<RemoteStream<number>[]>(
            from,
            Array.from({ length: 5 }, () => new Counter().items()),
          );
          const reads = streams.map((remote) => follow(remote.read()));
          await turns(100);
          const failed = reads.filter(({ outcome }) => outcome !== undefined && 'error' in outcome);
          expect(failed).to.have.length(2);
          for (const { outcome } of failed) {
            expect(outcome)
              .to.have.nested.property('error.message')
              .that.contains('limits.maxChildren');
            expect(outcome).to.have.nested.property('error.code', 'ERR_REFUSED');
          }
          expect(reads.filter(({ outcome }) => outcome && 'value' in outcome)).to.have.length(3);
          for (const remote of streams) remote.cancel();
        });
      });

      it('a stream that was refused for want of a child connection releases its producer', async () => {
        await withPassing(both({ maxChildren: 1 }), async ({ passing }) => {
          const counter = new Counter();
          const open = await passing.stream(from, new Counter().items());
          await open.read();
          const local = stream(counter.items());
          const { error } = await collectToError(await passing.stream(from, local));
          expect(error.message).to.contain('limits.maxChildren');
          await rejectionOf(local.whenSent, Error);
          expect(counter.started).to.equal(0);
          open.cancel();
          await turns(50);
          expect(await collect(await passing.stream(from, new Counter(2).items()))).to.have.length(
            2,
          );
        });
      });

      for (const isRead of [false, true]) {
        const when = isRead ? 'just when they are to be opened' : 'before anybody reads them';
        it(`thousands of streams are left in one turn, ${when}, and cost only themselves`, async () => {
          await withPassing(inMemory(), async ({ passing, client }) => {
            let lost = 0;
            client.on('disconnected', () => lost++);
            const many = Array.from({ length: 6_000 }, () => stream([1]));
            const streams = await passing.pass<RemoteStream<number>[]>(from, many);
            const reads = isRead ? streams.map((remote) => rejectionOf(remote.read(), Error)) : [];
            for (const remote of streams) remote.cancel();
            await Promise.all(reads);
            await Promise.all(many.map((local) => rejectionOf(local.whenSent, Error)));
            expect(await collect(await passing.stream(from, stream([1, 2])))).to.eql([1, 2]);
            expect([client.state, lost]).to.deep.equal(['connected', 0]);
          });
        });
      }

      it('parked lanes make room for other child connections', async () => {
        await withPassing(both({ maxChildren: 2 }), async ({ passing, client }) => {
          const streams = await passing.pass<RemoteStream<number>[]>(from, [
            new Counter(1).items(),
            new Counter(1).items(),
          ]);
          await Promise.all(streams.map((remote) => collect(remote)));
          await turns(20);
          const sinks = [await client.makeStreamSink(), await client.makeStreamSink()];
          await rejectionOf(client.makeStreamSink(), RefusedError);
          for (const sink of sinks) sink.abort();
        });
      });

      it('maxPromised refuses calls with the option’s name, until one is over', async () => {
        const limits = { maxPromised: 3 };
        await withPassing(inMemory({ [from]: { limits } }), async ({ passing }) => {
          const held = await passing.pass<RemoteStream<number>[]>(from, [stream([1]), stream([2])]);
          const error = await rejectionOf(passing.pass(from, [stream([3]), stream([4])]), Error);
          expect(error.message).to.contain('limits.maxPromised');
          expect(await collect(held[0]!)).to.deep.equal([1]);
          await turns(20);
          const more = await passing.pass<RemoteStream<number>[]>(from, [stream([3]), stream([4])]);
          expect(
            await Promise.all([held[1]!, ...more].map((remote) => collect(remote))),
          ).to.deep.equal([[2], [3], [4]]);
        });
      });

      it('maxPromised lets a stream of streams wait, and go on', async () => {
        const limits = { maxPromised: 4 };
        await withPassing(inMemory({ [from]: { limits } }), async ({ passing }) => {
          const local = stream(nest(20));
          const outer = (await passing.stream(from, local)) as unknown as RemoteStream<
            RemoteStream<number>
          >;
          const held = [await outer.read(), await outer.read(), await outer.read()];
          await turns(50);
          expect(local.sentItems, 'itself and three in its items').to.equal(3);
          const fourth = follow(outer.read());
          await turns(50);
          expect(fourth.outcome).to.equal(undefined);
          held[0]?.value?.cancel();
          await until(() => fourth.outcome !== undefined);
          expect(await collect(held[1]!.value!)).to.deep.equal([1]);
          expect(await collect(held[2]!.value!)).to.deep.equal([2]);
          const { value } = (await outer.read()) as { value: RemoteStream<number> };
          expect(await collect(value)).to.deep.equal([4]);
          outer.cancel();
        });
      });

      it('maxPromised does not hold up a stream whose items hold none', async () => {
        const limits = { maxPromised: 3 };
        await withPassing(inMemory({ [from]: { limits } }), async ({ passing }) => {
          const [first, ...rest] = await passing.pass<RemoteStream<number>[]>(from, [
            new Counter(100).items(),
            new Counter(1).items(),
            new Counter(1).items(),
          ]);
          expect(await collect(first!)).to.have.length(100);
          expect(await Promise.all(rest.map((remote) => collect(remote)))).to.deep.equal([
            [0],
            [0],
          ]);
        });
      });

      it('maxPromised fails an item with more streams than there can ever be', async () => {
        const limits = { maxPromised: 3 };
        await withPassing(inMemory({ [from]: { limits } }), async ({ passing }) => {
          const crowded = stream([1, [stream([1]), stream([2]), stream([3])]]);
          const { items, error } = await collectToError(
            await passing.stream<unknown>(from, crowded),
          );
          expect(items).to.deep.equal([1]);
          expect(error.message).to.contain('limits.maxPromised');
        });
      });

      it('a reader refuses more streams than its own maxPromised', async () => {
        const other = from === 'client' ? 'server' : 'client';
        const limits = { maxPromised: 2 };
        await withPassing(
          inMemory({ [other]: { limits } }),
          async ({ passing, client, server }) => {
            server.handle(CALL, () => 'alive');
            const error = await rejectionOf(
              passing.pass(from, [stream([1]), stream([2]), stream([3])]),
              Error,
            );
            expect(error.message).to.contain('limits.maxPromised');
            expect(await client.call(CALL)).to.equal('alive');
          },
        );
      });
    });
  }
});
