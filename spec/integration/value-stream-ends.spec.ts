import { expect } from 'chai';

import {
  type Client,
  ClosedError,
  isRpcError,
  type LocalStream,
  type RemoteStream,
  type Server,
  stream,
  StreamClosedError,
} from '../../lib/index.ts';
import {
  collect,
  Counter,
  inMemory,
  type PassingPair,
  type Side,
  SIDES,
  withPassing,
  withProxied,
} from '../support/passing.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';

/** A stream in each state that it can be in when its connection ends. */
interface World {
  readonly counter: Counter;
  /** Of which some was read, and more is under way. */
  readonly local: LocalStream<number>;
  readonly remote: RemoteStream<number>;
  /** Which waits for an item that does not come; its producer waits with its signal. */
  readonly parked: { isReleased: boolean };
  readonly waiting: Promise<unknown>;
  /** Which nobody has opened. */
  readonly unread: Counter;
  readonly unreadRemote: RemoteStream<number>;
}

async function makeWorld({ passing }: Pick<PassingPair, 'passing'>, from: Side): Promise<World> {
  const counter = new Counter();
  const unread = new Counter();
  const parked = { isReleased: false };
  const local = stream(counter.items());
  const remote = await passing.stream(from, local);
  await remote.read();
  const waiter = stream(async function* (signal: AbortSignal) {
    try {
      yield 1;
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    } finally {
      parked.isReleased = true;
    }
  });
  const waited = await passing.stream<number>(from, waiter);
  await waited.read();
  const waiting = waited.read();
  waiting.catch(() => {});
  const unreadRemote = await passing.stream(from, unread.items());
  return { counter, local, remote, parked, waiting, unread, unreadRemote };
}

/** Reads to an error, which must come. */
async function drainToError(remote: RemoteStream<number>): Promise<Error> {
  for (;;) {
    let step: IteratorResult<number, undefined>;
    try {
      step = await remote.read();
    } catch (error) {
      return error as Error;
    }
    if (step.done === true) throw new Error('a broken stream came to a clean end');
  }
}

/** What must have become of it: producers released, readers rejected with a cause, nothing ended. */
async function expectAllOver(world: World): Promise<void> {
  const { counter, local, remote, parked, waiting, unread, unreadRemote } = world;
  await until(() => counter.released === 1 && parked.isReleased);
  await rejectionOf(local.whenSent, Error);
  for (const error of [
    await drainToError(remote),
    await rejectionOf(waiting, StreamClosedError),
    await drainToError(unreadRemote),
  ]) {
    expect(error).to.be.instanceOf(StreamClosedError);
    // What came over its lane alone says all that is known.
    if (error.cause !== undefined) expect(isRpcError(error.cause)).to.equal(true);
  }
  await rejectionOf(remote.ended, StreamClosedError);
  await rejectionOf(unreadRemote.ended, StreamClosedError);
  expect(unread.started).to.equal(0);
}

describe('streams in values whose connection ends', () => {
  const ends: readonly [
    what: string,
    end: (pair: { client: Client; server: Server }) => unknown,
  ][] = [
    ['client.abort', ({ client }) => client.abort()],
    ['client.close', ({ client }) => client.close({ graceMs: 0 })],
    ['server.abort', ({ server }) => server.abort()],
    ['server.close', ({ server }) => server.close({ graceMs: 0 })],
  ];
  for (const from of SIDES) {
    for (const [what, end] of ends) {
      it(`K10 fail by ${what}, those of the ${from}’s, and their producers are released`, async () => {
        await withPassing(async (pair) => {
          const world = await makeWorld(pair, from);
          await end(pair);
          await expectAllOver(world);
          await until(() => pair.networks.every(({ openCount }) => openCount === 0));
        });
      });
    }

    it(`K10 fail by a lost connection, those of the ${from}’s, with its cause`, async () => {
      await withProxied(
        () => undefined,
        async ({ passing, proxy }) => {
          const world = await makeWorld({ passing }, from);
          proxy.connections[0]?.reset();
          await expectAllOver(world);
          const { cause } = await rejectionOf(world.unreadRemote.ended);
          expect(cause).to.be.instanceOf(ClosedError);
        },
      );
    });

    it(`K10 fail alone by a lost lane, those of the ${from}’s`, async () => {
      await withProxied(
        () => undefined,
        async ({ passing, proxy }) => {
          const counter = new Counter();
          const remote = await passing.stream(from, counter.items());
          await remote.read();
          const other = await passing.stream(from, new Counter(3).items());
          await other.read();
          proxy.connections[1]?.reset();
          expect(await drainToError(remote)).to.be.instanceOf(StreamClosedError);
          await until(() => counter.released === 1);
          expect(await other.readBatch()).to.be.an('array');
          expect(await collect(await passing.stream(from, new Counter(2).items()))).to.have.length(
            2,
          );
        },
      );
    });

    it(`K10 fail where the peer falls silent, those of the ${from}’s, when it is given up`, async () => {
      const options = inMemory({
        both: { limits: { pingIntervalMs: 10_000, pingTimeoutMs: 25_000 } },
      });
      await withPassing(options, async (pair) => {
        const world = await makeWorld(pair, from);
        // Both networks stand still from here on.
        for (const network of pair.networks) for (const socket of network.sockets) socket.pause();
        for (let passed = 0; passed < 60_000; passed += 1_000) {
          options.clock.advance(1_000);
          await turns(5);
        }
        await expectAllOver(world);
      });
    });
  }

  it('K10 a stream that came whole before its client was lost is read to its end', async () => {
    await withPassing(async ({ passing, client, server }) => {
      const remote = await passing.stream('client', new Counter(3).items());
      expect((await remote.read()).value).to.equal(0);
      await turns(20);
      await client.abort();
      await until(() => server.stats.connections === 0);
      expect(await collectRest(remote)).to.deep.equal([1, 2]);
    });
  });

  it('closing the client waits until the server’s reader has taken what was sent', async () => {
    await withPassing(async ({ passing, client }) => {
      const remote = await passing.stream('client', new Counter(1_000).items());
      await remote.read();
      await turns(20);
      const closing = follow(client.close());
      await turns(50);
      expect(closing.outcome).to.equal(undefined);
      expect(await collectRest(remote)).to.have.length(999);
      await until(() => closing.outcome !== undefined);
    });
  });

  it('closing the server waits for streams that run, and for those that may still be wanted', async () => {
    const limits = { sinkBudgetBytes: 100, sourceBudgetBytes: 100 };
    for (const isOpened of [true, false]) {
      const options = inMemory({ bufferBytes: 100, both: { limits } });
      await withPassing(options, async ({ passing, server }) => {
        const remote = await passing.stream('server', new Counter(1_000).items());
        if (isOpened) await remote.read();
        const closing = follow(server.close());
        await turns(50);
        expect(closing.outcome).to.equal(undefined);
        expect(await collectRest(remote)).to.have.length(isOpened ? 999 : 1_000);
        await until(() => closing.outcome !== undefined);
      });
    }
  });

  it('closing the server waits for no stream that was dropped', async () => {
    await withPassing(async ({ passing, server }) => {
      const remote = await passing.stream('server', new Counter(1_000).items());
      const closing = follow(server.close());
      await turns(20);
      remote.cancel();
      await until(() => closing.outcome !== undefined);
    });
  });
});

/** What is left of a stream that was read from. */
async function collectRest(remote: RemoteStream<number>): Promise<number[]> {
  const items: number[] = [];
  for (let step; (step = await remote.read()).done !== true;) items.push(step.value);
  return items;
}
