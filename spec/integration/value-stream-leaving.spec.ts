import { Readable } from 'node:stream';

import { expect } from 'chai';

import {
  CanceledError,
  type HandlerContext,
  type LocalStream,
  type RemoteStream,
  stream,
  StreamClosedError,
  type Verb,
  verb,
} from '../../lib/index.ts';
import type { ManualClock } from '../../lib/testing.ts';
import { advance, settle } from '../../lib/testing.ts';
import {
  collect,
  Counter,
  inMemory,
  type Passing,
  SIDES,
  withPassing,
} from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

const GIVE: Verb<() => unknown> = verb(1);

/** A producer that waits for ever, unless its signal fires; says when that was. */
function parked(): { source: (signal: AbortSignal) => AsyncGenerator<number>; ends: unknown[] } {
  const ends: unknown[] = [];
  async function* source(signal: AbortSignal): AsyncGenerator<number> {
    try {
      yield 1;
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    } finally {
      ends.push(signal.reason);
    }
  }
  return { source, ends };
}

/** A source that gives nothing, and shows whether it was let go of. */
function held(): Readable {
  return new Readable({ objectMode: true, read() {} });
}

describe('leaving a stream in a value', () => {
  for (const from of SIDES) {
    describe(`of the ${from}’s`, () => {
      it('K3, B2-9 break is silent, and runs the producer’s finally', async () => {
        await withPassing(async ({ passing }) => {
          const counter = new Counter();
          const remote = await passing.stream(from, counter.items());
          for await (const item of remote) if (item === 10) break;
          await until(() => counter.released === 1);
          expect(counter.started).to.equal(1);
        });
      });

      it('K3 streams in items that the reader has not taken are let go of, the others are not', async () => {
        await withPassing(async ({ passing }) => {
          const inner = Array.from({ length: 5 }, held);
          let given = 0;
          async function* outer(): AsyncGenerator<Readable> {
            for (const each of inner) {
              given++;
              yield each;
            }
            await new Promise(() => {});
          }
          const remote = (await passing.stream(from, outer())) as unknown as RemoteStream<
            RemoteStream<number>
          >;
          const taken = [await remote.read(), await remote.read()];
          await until(() => given === inner.length);
          await turns(20);
          remote.cancel();
          await until(() => inner.slice(2).every(({ closed }) => closed));
          expect(inner.slice(0, 2).map(({ closed }) => closed)).to.deep.equal([false, false]);
          for (const { value } of taken) value?.cancel();
          await until(() => inner.every(({ closed }) => closed));
        });
      });

      it('K3 streams in items are let go of also when the outer one has ended before its reader leaves', async () => {
        await withPassing(async ({ passing }) => {
          const inner = Array.from({ length: 5 }, held);
          let hasEnded = false;
          async function* outer(): AsyncGenerator<Readable> {
            yield* inner;
            hasEnded = true;
          }
          const remote = (await passing.stream(from, outer())) as unknown as RemoteStream<
            RemoteStream<number>
          >;
          const { value } = await remote.read();
          await until(() => hasEnded);
          await turns(20);
          remote.cancel();
          await until(() => inner.slice(1).every(({ closed }) => closed));
          expect(inner[0]?.closed).to.equal(false);
          value?.cancel();
          await until(() => inner.every(({ closed }) => closed));
        });
      });

      const ways: readonly [
        what: string,
        leave: (remote: RemoteStream<number>) => Promise<void>,
      ][] = [
        [
          'return',
          async (remote) => {
            const iterator = remote[Symbol.asyncIterator]();
            await iterator.next();
            expect(await iterator.return?.()).to.deep.equal({ done: true, value: undefined });
          },
        ],
        [
          'throw',
          async (remote) => {
            const iterator = remote[Symbol.asyncIterator]();
            await iterator.next();
            const error = new Error('not this way');
            expect(await rejectionOf(iterator.throw!(error), Error)).to.equal(error);
          },
        ],
        [
          'an error in the loop',
          async (remote) => {
            const looping = (async () => {
              for await (const _item of remote) throw new Error('in the loop');
            })();
            expect((await rejectionOf(looping, Error)).message).to.equal('in the loop');
          },
        ],
        [
          'cancel',
          async (remote) => {
            await remote.read();
            remote.cancel(new Error('enough'));
            await rejectionOf(remote.ended, StreamClosedError);
          },
        ],
        [
          'disposal',
          async (remote) => {
            await remote.read();
            await remote[Symbol.asyncDispose]();
          },
        ],
        [
          'yield* that is left',
          async (remote) => {
            async function* through(): AsyncGenerator<number> {
              yield* remote;
            }
            for await (const item of through()) if (item === 2) break;
          },
        ],
      ];
      for (const [what, leave] of ways) {
        it(`K3 ${what} runs the producer’s finally, also where it waits`, async () => {
          await withPassing(async ({ passing }) => {
            const counter = new Counter();
            await leave(await passing.stream(from, counter.items()));
            await until(() => counter.released === 1);
            const { source, ends } = parked();
            const remote = await passing.stream(from, stream(source));
            const reading = remote[Symbol.asyncIterator]();
            await reading.next();
            const waiting = reading.next();
            remote.cancel(new Error('enough'));
            await rejectionOf(waiting, StreamClosedError);
            await until(() => ends.length === 1);
          });
        });
      }

      it('B2-8 the producer learns of a cancel as a cancel, with its reason, and of an end as none', async () => {
        await withPassing(async ({ passing }) => {
          const signals: AbortSignal[] = [];
          const local = (end?: number): LocalStream<number> =>
            stream((signal: AbortSignal) => {
              signals.push(signal);
              return new Counter(end).items();
            });
          const first = local(3);
          expect(await collect(await passing.stream(from, first))).to.have.length(3);
          await first.whenSent;
          expect(signals[0]?.aborted).to.equal(false);
          const second = local();
          const remote = await passing.stream(from, second);
          await remote.read();
          remote.cancel(new RangeError('seen enough'));
          const error = await rejectionOf(second.whenSent, CanceledError);
          expect(error).to.include({ initiator: 'remote', scope: 'stream' });
          expect(error.cause).to.be.instanceOf(RangeError).with.property('message', 'seen enough');
          expect(signals[1]?.reason).to.equal(error);
        });
      });

      it('B2-8 the reader tells a producer’s end from its error and from its own cancel', async () => {
        await withPassing(async ({ passing }) => {
          const ended = await passing.stream(from, new Counter(1).items());
          await collect(ended);
          await ended.ended;
          const canceled = await passing.stream(from, new Counter(1).items());
          await canceled.read();
          canceled.cancel();
          const { cause } = await rejectionOf(canceled.ended, StreamClosedError);
          expect(cause).to.be.instanceOf(CanceledError).with.property('initiator', 'local');
        });
      });

      it('a reason that is no error arrives as it is', async () => {
        await withPassing(async ({ passing }) => {
          for (const reason of ['a text', 7, { a: 1 }, undefined]) {
            const local = stream(new Counter().items());
            const remote = await passing.stream(from, local);
            await remote.read();
            remote.cancel(reason);
            const { cause } = await rejectionOf(local.whenSent, CanceledError);
            if (typeof reason === 'object') expect(cause).to.have.property('a', 1);
            else expect(cause).to.equal(reason);
          }
        });
      });

      it('X9 the producer learns who canceled, by name', async () => {
        const options = { client: { name: 'reader' }, server: { name: 'reader' } };
        await withPassing(options, async ({ passing }) => {
          const local = stream(new Counter().items());
          const remote = await passing.stream(from, local);
          await remote.read();
          remote.cancel();
          const { path } = await rejectionOf(local.whenSent, CanceledError);
          expect(path).to.deep.equal(['reader']);
        });
      });

      it('X9 a cancel that is passed on keeps its reason and its path', async () => {
        await withPassing(async ({ passing: near }) => {
          const names = { client: { name: 'far client' }, server: { name: 'far server' } };
          await withPassing(names, async ({ passing: far }) => {
            const local = stream(new Counter().items());
            const remote = await far.stream(from, await near.stream(from, local));
            await remote.read();
            remote.cancel(new RangeError('enough'));
            const { path, cause } = await rejectionOf(local.whenSent, CanceledError);
            const reader = from === 'client' ? 'far server' : 'far client';
            expect(path).to.include(reader);
            expect(cause).to.be.instanceOf(RangeError).with.property('message', 'enough');
          });
        });
      });

      it('B2-21 the producer’s finally has run one way after the break', async () => {
        const options = inMemory({ latencyMs: 50 });
        await withServerAndTime(options, async (passing, clock) => {
          const counter = new Counter();
          const passed = passing.stream(from, counter.items());
          await advance(clock, 200);
          const reading = (async () => {
            for await (const item of await passed) if (item === 5) break;
          })();
          await advance(clock, 1_000);
          await reading;
          await settle(clock);
          expect(counter.released, 'it was told and ended long ago').to.equal(1);
          const { source, ends } = parked();
          const waiting = passing.stream(from, stream(source));
          await advance(clock, 500);
          const iterator = (await waiting)[Symbol.asyncIterator]();
          const first = iterator.next();
          await advance(clock, 500);
          await first;
          await iterator.return?.();
          await advance(clock, 49);
          expect(ends).to.have.length(0);
          await advance(clock, 1);
          expect(ends).to.have.length(1);
        });
      });

      it('L14 a factory has 100 ms to end what it is at, a plain iterable none', async () => {
        const options = inMemory();
        await withPassing(options, async ({ passing }) => {
          const { clock } = options;
          const calls: string[] = [];
          const endless = (name: string): AsyncIterable<number> => ({
            [Symbol.asyncIterator]: () => ({
              next: () => new Promise(() => {}),
              return: () => {
                calls.push(name);
                return Promise.resolve({ done: true, value: undefined });
              },
            }),
          });
          for (const source of [endless('plain'), stream(() => endless('factory'))]) {
            const remote = await passing.stream(from, source);
            void remote.read().catch(() => {});
            await turns(30);
            remote.cancel();
            await turns(30);
          }
          expect(calls).to.deep.equal(['plain']);
          clock.advance(99);
          await turns(2);
          expect(calls).to.deep.equal(['plain']);
          clock.advance(1);
          await turns(2);
          expect(calls).to.deep.equal(['plain', 'factory']);
        });
      });
    });
  }

  it('K3 the handler’s signal fires when the reader of its result leaves, and not at a clean end', async () => {
    await withServer(async ({ server, client }) => {
      const contexts: HandlerContext[] = [];
      server.handle(GIVE, (context) => {
        contexts.push(context);
        return new Counter(contexts.length === 1 ? 3 : Infinity).items();
      });
      await collect((await client.call(GIVE)) as RemoteStream<number>);
      await turns(20);
      expect(contexts[0]?.signal.aborted).to.equal(false);
      for await (const _item of (await client.call(GIVE)) as RemoteStream<number>) break;
      await until(() => contexts[1]?.signal.aborted === true);
      expect(contexts[1]?.signal.reason).to.be.instanceOf(CanceledError);
    });
  });

  it('K3 a handler that waits for its signal is released at once', async () => {
    await withServer(async ({ server, client }) => {
      let isReleased = false;
      server.handle(GIVE, ({ signal }) =>
        (async function* () {
          try {
            yield 1;
            await new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason as Error));
            });
          } finally {
            isReleased = true;
          }
        })(),
      );
      for await (const _item of (await client.call(GIVE)) as RemoteStream<number>) break;
      await until(() => isReleased);
    });
  });
});

/** As `withPassing`, where connecting takes time as well. */
async function withServerAndTime(
  options: ReturnType<typeof inMemory>,
  run: (passing: Passing, clock: ManualClock) => Promise<void>,
): Promise<void> {
  let isConnected = false;
  const running = withPassing(options, async ({ passing }) => {
    isConnected = true;
    await run(passing, options.clock);
  });
  while (!isConnected) await advance(options.clock, 50);
  await running;
}
