import { expect } from 'chai';

import {
  callContext,
  CanceledError,
  type Client,
  type Server,
  stream,
  TimeoutError,
} from '../../lib/index.ts';
import { isRemote } from '../../lib/errors.ts';
import { ManualClock } from '../../lib/testing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

type Items = AsyncIterable<number>;

/** One item, and then none. */
async function* once(): AsyncGenerator<number, void, undefined> {
  yield 1;
  await new Promise(() => {});
}

function over(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve());
  });
}

/** One item, and the end when nobody wants more. */
async function* untilOver(signal: AbortSignal): AsyncGenerator<number, void, undefined> {
  yield 1;
  await over(signal);
}

/** A stream in the only item. */
async function* nested(): AsyncGenerator<Items, void, undefined> {
  yield once();
  await new Promise(() => {});
}

/** The errors of a method that reads its caller's stream: in its loop, and as its signal's reason then. */
interface Ends {
  readonly loop: unknown;
  readonly signal: unknown;
}

class Taker {
  taken = 0;
  ends: Ends | undefined;

  items(items: Items): Promise<void> {
    return this.#read(items);
  }

  field({ of }: { of: { items: Items } }): Promise<void> {
    return this.#read(of.items);
  }

  async inner(outer: AsyncIterable<Items>): Promise<void> {
    for await (const items of outer) await this.#read(items);
  }

  /** Leaves the outer stream before it reads the inner one. */
  async left(outer: AsyncIterable<Items>): Promise<void> {
    let first: Items | undefined;
    for await (const items of outer) {
      first = items;
      break;
    }
    await this.#read(first!);
  }

  async late(items: Items): Promise<void> {
    this.taken++;
    await over(callContext().signal);
    await this.#read(items);
  }

  async lateInner(outer: AsyncIterable<Items>): Promise<void> {
    for await (const items of outer) await this.late(items);
  }

  async #read(items: Items): Promise<void> {
    const { signal } = callContext();
    try {
      for await (const item of items) this.taken += item;
    } catch (loop) {
      this.ends ??= { loop, signal: signal.reason };
      throw loop;
    }
  }
}

/** Where the stream is that the method reads. */
const PLACES: readonly (readonly [where: string, call: (api: Taker) => Promise<void>])[] = [
  ['an argument', (api) => api.items(once())],
  ['a field', (api) => api.field({ of: { items: once() } })],
  ['an item of another stream', (api) => api.inner(nested())],
  ['an item of a stream that it has left', (api) => api.left(nested())],
  ['an argument that it reads too late', (api) => api.late(once())],
  ['an item that it reads too late', (api) => api.lateInner(nested())],
];

/** How a test ends the call. */
interface Ending {
  readonly server: Server;
  readonly client: Client;
  readonly clock: ManualClock;
  readonly controller: AbortController;
}

async function endsOf(
  call: (api: Taker) => Promise<void>,
  end: (ending: Ending) => unknown,
): Promise<Ends> {
  const clock = new ManualClock();
  const taker = new Taker();
  await withServer({ both: { clock }, client: { name: 'A' } }, async ({ client, server }) => {
    server.expose('taker', taker);
    const controller = new AbortController();
    const options = { signal: controller.signal, timeoutMs: 1_000 };
    const caller = rejectionOf(call(client.api<Taker>('taker', options) as unknown as Taker));
    await until(() => taker.taken === 1);
    const ended = end({ server, client, clock, controller });
    await until(() => taker.ends !== undefined);
    await caller;
    await ended;
  });
  return taker.ends ?? expect.fail('the method did not end');
}

describe('the end of a call, to a method that reads its caller’s stream', () => {
  for (const [where, call] of PLACES) {
    it(`X9 is a CanceledError with reason and path, in its loop as for its signal: ${where}`, async () => {
      const { loop, signal } = await endsOf(call, ({ controller }) => {
        controller.abort(new RangeError('not needed'));
      });
      for (const error of [loop, signal]) {
        expect(error)
          .to.be.instanceOf(CanceledError)
          .and.include({ scope: 'call', initiator: 'remote' });
        const { path, cause } = error as CanceledError;
        expect(path).to.deep.equal(['A']);
        expect(cause).to.be.instanceOf(RangeError).and.include({ message: 'not needed' });
        expect(isRemote(error)).to.equal(false);
      }
    });

    it(`X9 is a TimeoutError with the limit of the call: ${where}`, async () => {
      const { loop, signal } = await endsOf(call, ({ clock }) => clock.advance(1_000));
      for (const error of [loop, signal]) {
        expect(error).to.be.instanceOf(TimeoutError).and.include({ limitMs: 1_000, scope: 'call' });
      }
    });
  }

  it('X9 is the text that it was canceled with', async () => {
    const { loop } = await endsOf(PLACES[0]![1], ({ controller }) => controller.abort('enough'));
    expect(loop).to.be.instanceOf(CanceledError).with.property('cause', 'enough');
  });

  it('X10 is an error of ours with a cause where the caller closes its client', async () => {
    for (const [, call] of PLACES.slice(0, 3)) {
      const { loop, signal } = await endsOf(call, ({ client }) => client.close({ graceMs: 0 }));
      expect(loop).to.have.property('isRpcError', true);
      expect(loop).to.have.nested.property('cause.code', 'ERR_CLOSED');
      expect(signal).to.have.property('isRpcError', true);
    }
  });

  it('X10 is none where the caller’s producer throws an error of another call', async () => {
    for (const error of [
      new TimeoutError('the call', 5, 'call'),
      new CanceledError('call', 'other', 'remote', ['B']),
    ]) {
      async function* failing(): AsyncGenerator<number, void, undefined> {
        yield await Promise.resolve(1);
        throw error;
      }
      const taker = new Taker();
      await withServer(async ({ client, server }) => {
        server.expose('taker', taker);
        await rejectionOf(client.api<Taker>('taker').items(failing()), Error);
      });
      expect(taker.ends).to.have.nested.property('loop.name', error.name);
      expect(isRemote(taker.ends?.loop), 'of the producer').to.equal(true);
      expect(taker.ends?.signal).to.equal(undefined);
    }
  });
});

describe('the end of a call, to its caller’s producers', () => {
  it('X9 is its cause, in items of its streams too', async () => {
    await withServer(async ({ client, server }) => {
      const taker = new Taker();
      server.expose('taker', taker);
      const reasons: unknown[] = [];
      const waiting = () =>
        stream(async function* (signal: AbortSignal): AsyncGenerator<number, void, undefined> {
          yield* untilOver(signal);
          reasons.push(signal.reason);
        });
      const outer = stream(async function* (signal: AbortSignal) {
        yield waiting();
        await over(signal);
      });
      const controller = new AbortController();
      const api = client.api<Taker>('taker', { signal: controller.signal });
      const call = rejectionOf(api.inner(outer as never));
      await until(() => taker.taken === 1);
      controller.abort('enough');
      await call;
      await until(() => reasons.length === 1);
      expect(reasons[0]).to.be.instanceOf(CanceledError).and.include({ cause: 'enough' });
    });
  });

  it('X10 is told to a producer whose server is aborted', async () => {
    await withServer(async ({ server, client }) => {
      const taker = new Taker();
      server.expose('taker', taker);
      let reason: unknown;
      const items = stream(async function* (signal: AbortSignal) {
        yield* untilOver(signal);
        reason = signal.reason;
      });
      const call = rejectionOf(client.api<Taker>('taker').items(items as never));
      await until(() => taker.taken === 1);
      await server.abort();
      await call;
      await until(() => reason !== undefined);
      expect(reason).to.have.nested.property('cause.code', 'ERR_CLOSED');
    });
  });
});

describe('the end of a call that a method has made itself', () => {
  it('X10 is an error of the method to its own caller', async () => {
    await withServer(async ({ server, client, connect }) => {
      const taker = new Taker();
      server.expose('taker', taker);
      const controller = new AbortController();
      const own = await connect();
      server.expose('gateway', {
        pass: async () => {
          const items = stream(untilOver);
          const call = own.api<Taker>('taker', { signal: controller.signal }).items(items as never);
          call.catch(() => {});
          await items.whenSent;
        },
      });
      const pass = rejectionOf(client.api<{ pass(): Promise<void> }>('gateway').pass(), Error);
      await until(() => taker.taken === 1);
      controller.abort('enough');
      const error = await pass;
      expect(error).to.include({ name: 'CanceledError', cause: 'enough' });
      expect(isRemote(error)).to.equal(true);
    });
  });
});

describe('a stream that is not there any more', () => {
  it('X10 is an error of ours to its reader, not one of its producer', async () => {
    const clock = new ManualClock();
    const limits = { promiseLeaseMs: 1_000 };
    await withServer({ both: { clock }, client: { limits } }, async ({ client, server }) => {
      let kept: Items | undefined;
      server.expose('keeper', { keep: (items: Items) => void (kept = items) });
      await client.api<{ keep(items: Items): void }>('keeper').keep(once());
      clock.advance(1_000);
      const read = rejectionOf(kept![Symbol.asyncIterator]().next());
      expect(await read).to.include({ code: 'ERR_STREAM_NOT_FOUND', isRpcError: true });
      expect(isRemote(await read)).to.equal(false);
    });
  });
});
