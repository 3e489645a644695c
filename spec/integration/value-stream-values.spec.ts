import { expect } from 'chai';

import { isRpcError, type RemoteStream, stream, type Verb, verb } from '../../lib/index.ts';
import { collect, collectToError, Counter, SIDES, withPassing } from '../support/passing.ts';
import { withServer } from '../support/with-server.ts';

type Anything = (...args: unknown[]) => unknown;

const COUNTDOWN: Verb<Anything> = verb(1);
const ADD: Verb<Anything> = verb(2);
const SUM: Verb<Anything> = verb(3);
const DOUBLE: Verb<Anything> = verb(4);

/** What a verb's caller gets in place of a stream. */
function asStream<T>(value: unknown): RemoteStream<T> {
  return value as RemoteStream<T>;
}

async function* countdownFrom(from: number): AsyncGenerator<number> {
  for (let number = from; number > 0; number--) yield number;
}

async function* doubled(items: AsyncIterable<number>): AsyncGenerator<number> {
  for await (const item of items) yield item * 2;
}

describe('streams in values', () => {
  it('K1 an async generator’s result streams, and other results are as ever', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(COUNTDOWN, (_context, from) => countdownFrom(from as number));
      server.handle(ADD, (_context, a, b) => (a as number) + (b as number));
      const countdown = asStream<number>(await client.call(COUNTDOWN, 3));
      expect(await client.call(ADD, 2, 3)).to.equal(5);
      expect(await collect(countdown)).to.deep.equal([3, 2, 1]);
      expect(await client.call(ADD, 3, 4)).to.equal(7);
    });
  });

  describe('N1 in the four patterns', () => {
    it('unary', async () => {
      await withServer(async ({ server, client }) => {
        server.handle(ADD, (_context, a, b) => (a as number) + (b as number));
        expect(await client.call(ADD, 2, 3)).to.equal(5);
      });
    });

    it('from the server', async () => {
      await withServer(async ({ server, client }) => {
        server.handle(COUNTDOWN, () => new Counter(100).items());
        const items = await collect(asStream(await client.call(COUNTDOWN)));
        expect(items).to.deep.equal(Array.from({ length: 100 }, (_, index) => index));
      });
    });

    it('from the client', async () => {
      await withServer(async ({ server, client }) => {
        server.handle(SUM, async (_context, items) => {
          let sum = 0;
          for await (const item of asStream<number>(items)) sum += item;
          return sum;
        });
        expect(await client.call(SUM, new Counter(101).items())).to.equal(5_050);
      });
    });

    it('both ways, each as it goes', async () => {
      await withServer(async ({ server, client }) => {
        server.handle(DOUBLE, (_context, items) => doubled(asStream(items)));
        let answer: (value: number) => void = () => {};
        const questions = (async function* () {
          for (let number = 1; number <= 3; number++) {
            yield number;
            // The next question waits for the answer to this one.
            await new Promise<number>((resolve) => (answer = resolve));
          }
        })();
        const answers: number[] = [];
        for await (const item of asStream<number>(await client.call(DOUBLE, questions))) {
          answers.push(item);
          answer(item);
        }
        expect(answers).to.deep.equal([2, 4, 6]);
      });
    });
  });

  for (const from of SIDES) {
    describe(`of the ${from}’s`, () => {
      it('K5 there may be many at once, each of its own', async () => {
        await withPassing(async ({ passing }) => {
          const streams = await passing.pass<RemoteStream<number>[]>(
            from,
            Array.from({ length: 10 }, (_, index) => new Counter(index * 10).items()),
          );
          const all = await Promise.all(streams.map((one) => collect(one)));
          expect(all.map((items) => items.length)).to.deep.equal(
            Array.from({ length: 10 }, (_, index) => index * 10),
          );
        });
      });

      it('K5 one may be empty', async () => {
        await withPassing(async ({ passing }) => {
          const remote = await passing.stream(from, stream<number>([]));
          expect(await collect(remote)).to.deep.equal([]);
          await remote.ended;
        });
      });

      it('K5 one that fails harms no other', async () => {
        await withPassing(async ({ passing }) => {
          const failing = (async function* () {
            yield 1;
            throw new Error('broken');
          })();
          const [good, bad] = await passing.pass<[RemoteStream<number>, RemoteStream<number>]>(
            from,
            [new Counter(5).items(), failing],
          );
          const [collected, failed] = await Promise.all([collect(good), collectToError(bad)]);
          expect(collected).to.deep.equal([0, 1, 2, 3, 4]);
          expect(failed.items).to.deep.equal([1]);
          expect(failed.error.message).to.equal('broken');
        });
      });

      it('L2 they may stand anywhere: in records, arrays, Maps and class instances', async () => {
        class Table {
          readonly title = 'a table';
          readonly rows = new Counter(2).items();
        }
        interface Received {
          readonly plain: number;
          readonly list: readonly [string, { readonly deep: RemoteStream<number> }];
          readonly map: { readonly key: RemoteStream<number> };
          readonly table: { readonly title: string; readonly rows: RemoteStream<number> };
        }
        await withPassing(async ({ passing }) => {
          const value = {
            plain: 7,
            list: ['a', { deep: new Counter(3).items() }],
            map: new Map([['key', stream([8, 9])]]),
            table: new Table(),
          };
          const received = await passing.pass<Received>(from, value);
          expect(received.plain).to.equal(7);
          expect(received.table.title).to.equal('a table');
          expect(await collect(received.list[1].deep)).to.deep.equal([0, 1, 2]);
          expect(await collect(received.map.key)).to.deep.equal([8, 9]);
          expect(await collect(received.table.rows)).to.deep.equal([0, 1]);
          expect(value.map.get('key'), 'the sender’s value stays as it is').to.be.an('object');
        });
      });

      it('L2 items may hold streams, whose items may as well', async () => {
        interface Row {
          readonly row: number;
          readonly cells: RemoteStream<RemoteStream<number>>;
        }
        async function* cellsOf(row: number): AsyncGenerator<AsyncIterable<number>> {
          for (let cell = 0; cell < 3; cell++) yield stream([row, cell]);
        }
        await withPassing(async ({ passing }) => {
          const rows = (async function* () {
            for (let row = 0; row < 3; row++) yield { row, cells: cellsOf(row) };
          })();
          const remote = (await passing.stream(from, rows)) as unknown as RemoteStream<Row>;
          const seen: number[][] = [];
          for await (const { row, cells } of remote) {
            for await (const cell of cells) seen.push([...(await collect(cell)), row]);
          }
          expect(seen).to.deep.equal(
            [0, 1, 2].flatMap((row) => [0, 1, 2].map((cell) => [row, cell, row])),
          );
        });
      });

      it('L2 nested ones can be read after the stream that brought them has ended', async () => {
        await withPassing(async ({ passing }) => {
          const outer = stream([stream([1]), stream([2])]);
          const inner = await collect(
            (await passing.stream(from, outer)) as unknown as RemoteStream<RemoteStream<number>>,
          );
          expect(await collect(inner[1]!)).to.deep.equal([2]);
          expect(await collect(inner[0]!)).to.deep.equal([1]);
        });
      });

      it('L2 one can be passed back to where it comes from, or on to another connection', async () => {
        await withPassing(async ({ passing, connect, server }) => {
          const other = from === 'client' ? 'server' : 'client';
          const there = await passing.stream(from, new Counter(3).items());
          const back = await passing.stream(other, there);
          expect(await collect(back)).to.deep.equal([0, 1, 2]);
          const second = await connect();
          const onwards: Verb<Anything> = verb(9);
          const remote = await passing.stream(from, new Counter(3).items());
          if (from === 'client') {
            server.handle(onwards, () => remote);
            expect(await collect(asStream(await second.call(onwards)))).to.deep.equal([0, 1, 2]);
          } else {
            server.handle(onwards, (_context, items) => collect(asStream(items)));
            expect(await second.call(onwards, remote)).to.deep.equal([0, 1, 2]);
          }
        });
      });

      it('L4 the same one can be sent as often as its source can be iterated', async () => {
        await withPassing(async ({ passing }) => {
          const again = stream(() => [1, 2]);
          for (let times = 0; times < 2; times++) {
            expect(await collect(await passing.stream(from, again))).to.deep.equal([1, 2]);
          }
          expect(again.sentItems).to.equal(4);
        });
      });

      it('K4, L5 items come before the error, which arrives as itself', async () => {
        class QuotaError extends Error {
          override readonly name = 'QuotaError';
          readonly code = 'E_QUOTA';
          readonly limit = { rows: 3 };
        }
        await withPassing(async ({ passing }) => {
          const thrown = new QuotaError('no more rows', {
            cause: new RangeError('3 are too many'),
          });
          const failing = (async function* () {
            yield* [1, 2, 3];
            throw thrown;
          })();
          const remote = await passing.stream(from, failing);
          const { items, error } = await collectToError(remote);
          expect(items).to.deep.equal([1, 2, 3]);
          expect(error).to.include({
            name: 'QuotaError',
            message: 'no more rows',
            code: 'E_QUOTA',
          });
          expect(error).to.have.deep.property('limit', { rows: 3 });
          expect(error.cause).to.be.instanceOf(RangeError);
          expect(error.stack, 'a stack of its own').not.to.equal(thrown.stack);
          expect(isRpcError(error)).to.equal(false);
          expect(await remote.ended.catch((reason: unknown) => reason)).to.equal(error);
        });
      });

      it('K4 an error before the first item arrives as itself', async () => {
        await withPassing(async ({ passing }) => {
          const failing = stream((): AsyncIterable<number> => {
            throw new SyntaxError('no such query');
          });
          const { items, error } = await collectToError(await passing.stream(from, failing));
          expect(items).to.deep.equal([]);
          expect(error).to.be.instanceOf(SyntaxError).with.property('message', 'no such query');
        });
      });

      it('an item that can’t be sent fails the stream behind the others, and runs the finally', async () => {
        await withPassing(async ({ passing }) => {
          let released = 0;
          const failing = (async function* () {
            try {
              yield 1;
              yield () => 2;
              yield 3;
            } finally {
              released++;
            }
          })();
          const remote = await passing.stream(from, failing as AsyncIterable<unknown>);
          const { items, error } = await collectToError(remote);
          expect(items).to.deep.equal([1]);
          expect(error).to.include({ name: 'SerializationError', code: 'ERR_SERIALIZATION' });
          expect(released).to.equal(1);
        });
      });
    });
  }
});
