import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import { type Interceptor, isRpcError, StreamClosedError } from '../../lib/index.ts';
import { createTestPair, runUntil, settle } from '../../lib/testing.ts';
import { gather } from '../support/blobs.ts';
import { gatherToError, Numbers } from '../support/numbers.ts';
import { rejectionOf } from '../support/rejection.ts';
import { until } from '../support/turns.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { memoryPair, type Pair, withServer } from '../support/with-server.ts';

/** A service like that of kkrpc's tests. */
class Streams {
  readonly numbers = new Numbers();
  readonly data = { stream: (count: number): AsyncIterable<string> => this.words(count) };

  async *countdown(from: number): AsyncGenerator<number> {
    for (let left = from; left >= 0; left--) yield await Promise.resolve(left);
  }

  echo(text: string): string {
    return text;
  }

  failAfter(count: number): AsyncIterable<number> {
    const fields = { code: 'E_STREAM', at: { line: 7 } };
    const error = new RangeError('stream failed intentionally');
    return this.numbers.failingAfter(count, Object.assign(error, fields));
  }

  infinite(): AsyncIterable<number> {
    return this.numbers.upTo(Infinity);
  }

  upTo(count: number): AsyncIterable<number> {
    return this.numbers.upTo(count);
  }

  async *words(count: number): AsyncGenerator<string> {
    for await (const number of this.numbers.upTo(count)) yield `item-${number}`;
  }
}

type Api = ReturnType<typeof apiOf>;

function apiOf({ client }: Pair) {
  return client.api<Streams>('streams');
}

/** Runs a test with the service, on real sockets. */
function withStreams(
  run: (api: Api, service: Streams, pair: Pair) => Promise<void>,
): Promise<void> {
  return withServer(async (pair) => {
    const service = new Streams();
    pair.server.expose('streams', service, { properties: ['data'] });
    await run(apiOf(pair), service, pair);
  });
}

describe('kkrpc: the nine cases of its first streaming', () => {
  it('K1, K2 kkrpc: countdown arrives in order, and then the end', () =>
    withStreams(async (api) => {
      expect(await gather(await api.countdown(5))).to.deep.equal([5, 4, 3, 2, 1, 0]);
    }));

  it('K1 kkrpc: regular methods work alongside a stream', () =>
    withStreams(async (api) => {
      expect(await api.echo('before')).to.equal('before');
      const items: number[] = [];
      for await (const item of await api.countdown(3)) {
        items.push(item);
        expect(await api.echo(`at ${item}`)).to.equal(`at ${item}`);
      }
      expect(items).to.deep.equal([3, 2, 1, 0]);
      expect(await api.echo('behind')).to.equal('behind');
    }));

  it('K4 kkrpc: a producer’s error arrives behind the items before it, with its name and fields', () =>
    withStreams(async (api) => {
      const { items, error } = await gatherToError(await api.failAfter(3));
      expect(items).to.deep.equal([0, 1, 2]);
      expect(error).to.be.instanceOf(RangeError);
      expect(error).to.deep.include({
        message: 'stream failed intentionally',
        code: 'E_STREAM',
        at: { line: 7 },
      });
      expect(isRpcError(error)).to.equal(false);
    }));

  it('K3 kkrpc: a break runs the producer’s finally, and the connection is usable', () =>
    withStreams(async (api, { numbers }) => {
      const items: number[] = [];
      for await (const item of await api.infinite()) {
        items.push(item);
        if (items.length === 5) break;
      }
      expect(items).to.deep.equal([0, 1, 2, 3, 4]);
      await until(() => numbers.ended === 1);
      expect(await api.echo('still works')).to.equal('still works');
    }));

  it('K5 kkrpc: concurrent streams keep apart', () =>
    withStreams(async (api) => {
      const [three, two] = [api.countdown(3), api.countdown(2)];
      const both = await Promise.all([gather(await three), gather(await two)]);
      expect(both).to.deep.equal([
        [3, 2, 1, 0],
        [2, 1, 0],
      ]);
    }));

  it('K6 kkrpc: an interceptor wraps the call, and not its items', async () => {
    const events: string[] = [];
    const logger: Interceptor = async ({ method }, next) => {
      events.push(`call:${method}`);
      const result = await next();
      events.push(`done:${method}`);
      return result;
    };
    await withServer({ server: { interceptors: [logger] } }, async (pair) => {
      pair.server.expose('streams', new Streams());
      expect(await gather(await apiOf(pair).countdown(2))).to.deep.equal([2, 1, 0]);
      expect(events).to.deep.equal(['call:countdown', 'done:countdown']);
    });
  });

  it('K2 kkrpc: items that are a while in coming arrive in order', async () => {
    await using pair = await createTestPair();
    const { server, client, clock } = pair;
    async function* delayed(count: number): AsyncGenerator<number> {
      for (let item = 0; item < count; item++) {
        await new Promise<void>((resolve) => void clock.setTimeout(resolve, 20));
        yield item;
      }
    }
    server.expose('streams', { delayed });
    const reading = (async () =>
      gather(await client.api<{ delayed: typeof delayed }>('streams').delayed(5)))();
    expect(await runUntil(clock, reading)).to.deep.equal([0, 1, 2, 3, 4]);
    expect(clock.now()).to.equal(100);
  });

  it('K5 kkrpc: an empty stream ends at once', () =>
    withStreams(async (api) => {
      expect(await gather(await api.upTo(0))).to.deep.equal([]);
    }));

  it('K5 kkrpc: a nested method streams', () =>
    withStreams(async (api) => {
      const words = await gather(await api.data.stream(3));
      expect(words).to.deep.equal(['item-0', 'item-1', 'item-2']);
    }));
});

describe('kkrpc: the fourteen cases of its second streaming', () => {
  it('K9 kkrpc: a call is iterated as it is, without awaiting it', () =>
    withStreams(async (api) => {
      expect(await gather(api.upTo(3))).to.deep.equal([0, 1, 2]);
    }));

  it('K7 kkrpc: items do not cost a round trip each', async () => {
    const latencyMs = 50;
    await using pair = await createTestPair({ latencyMs });
    const { server, client, clock } = pair;
    const numbers = new Numbers();
    server.expose('streams', { upTo: (count: number) => numbers.upTo(count) });
    const api = client.api<Streams>('streams');
    const begin = clock.now();
    expect(await runUntil(clock, gather(api.upTo(40)))).to.have.length(40);
    // The call, the stream's connection and its negotiation, the items.
    expect(clock.now() - begin).to.be.at.most(6 * latencyMs);
  });

  it('K4 kkrpc: an error reaches whoever asks for the next item', () =>
    withStreams(async (api) => {
      const iterator = api.failAfter(1)[Symbol.asyncIterator]();
      expect(await iterator.next()).to.deep.equal({ done: false, value: 0 });
      await rejectionOf(iterator.next(), RangeError);
      expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
    }));

  it('K4 kkrpc: items that have arrived are read before the error that came with them', () =>
    withStreams(async (api, { numbers }) => {
      const iterator = api.failAfter(3)[Symbol.asyncIterator]();
      const items = [await iterator.next()];
      await until(() => numbers.ended === 1);
      await api.echo('all of it is here');
      items.push(await iterator.next(), await iterator.next());
      expect(items.map(({ value }) => value)).to.deep.equal([0, 1, 2]);
      await rejectionOf(iterator.next(), RangeError);
    }));

  it('K3 kkrpc: a producer is returned when its consumer stops early', () =>
    withStreams(async (api, { numbers }) => {
      const read: unknown[] = [];
      for await (const item of api.infinite()) {
        read.push(item);
        break;
      }
      expect(read).to.deep.equal([0]);
      await until(() => numbers.ended === 1);
      expect(await api.echo('still works')).to.equal('still works');
    }));

  it('K5 kkrpc: an empty stream is iterated as it is', () =>
    withStreams(async (api, { numbers }) => {
      expect(await gather(api.upTo(0))).to.deep.equal([]);
      expect(numbers).to.include({ made: 0, ended: 1 });
    }));

  it('K5 kkrpc: streams that are iterated as they are keep apart', () =>
    withStreams(async (api) => {
      const both = await Promise.all([gather(api.upTo(3)), gather(api.upTo(2))]);
      expect(both).to.deep.equal([
        [0, 1, 2],
        [0, 1],
      ]);
    }));

  it('K5 kkrpc: a nested method is iterated as it is', () =>
    withStreams(async (api) => {
      expect(await gather(api.data.stream(2))).to.deep.equal(['item-0', 'item-1']);
    }));

  it('K12 kkrpc: bytes arrive as items; what would have to be transferred is refused by its name', () =>
    withServer(async ({ server, client }) => {
      async function* bytes(): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(new Uint8Array(32).fill(7));
      }
      async function* buffers(): AsyncGenerator<{ content: unknown }> {
        yield await Promise.resolve({ content: new ArrayBuffer(32) });
      }
      server.expose('streams', { bytes, buffers });
      const api = client.api<{ bytes: typeof bytes; buffers: typeof buffers }>('streams');
      const [item] = await gather(api.bytes());
      expect(Buffer.alloc(32, 7).equals(item ?? Buffer.alloc(0))).to.equal(true);
      const { items, error } = await gatherToError(api.buffers());
      expect(items).to.deep.equal([]);
      expect(error).to.include({ name: 'SerializationError' });
      expect((error as Error).message).to.match(/content.*ArrayBuffer.*Uint8Array/);
    }));

  it('K9 kkrpc: an argument streams to the method', () =>
    withServer(async ({ server, client }) => {
      const service = {
        async sum(items: AsyncIterable<number>): Promise<number> {
          let sum = 0;
          for await (const item of items) sum += item;
          return sum;
        },
      };
      server.expose('streams', service);
      const numbers = new Numbers();
      const api = client.api<typeof service>('streams');
      expect(await api.sum(numbers.upTo(5))).to.equal(10);
      expect(numbers.ended).to.equal(1);
    }));

  for (const [when, mustRead] of [
    ['before it reads', false],
    ['while it reads', true],
  ] as const) {
    it(`K9 kkrpc: an argument is returned when the method fails ${when}`, () =>
      withServer(async ({ server, client }) => {
        let given: number | undefined;
        const service = {
          async fail(items: AsyncIterable<number>): Promise<void> {
            if (mustRead) given = (await items[Symbol.asyncIterator]().next()).value as number;
            throw new Error('boom');
          },
        };
        server.expose('streams', service);
        const returned = new Deferred();
        const items: AsyncGenerator<number> = new Numbers().upTo(Infinity);
        const back = items.return.bind(items);
        items.return = (value) => {
          returned.resolve();
          return back(value);
        };
        const failing = client.api<typeof service>('streams').fail(items);
        expect((await rejectionOf(failing, Error)).message).to.equal('boom');
        await returned.promise;
        expect(await items.next()).to.deep.equal({ done: true, value: undefined });
        expect(given).to.equal(mustRead ? 0 : undefined);
      }));
  }

  it('K10 kkrpc: a read rejects when it can’t be asked for', () =>
    withStreams(async (api, { numbers }, { client }) => {
      const items = await api.infinite();
      const why = new Error('the cable is cut');
      const aborted = client.abort(why);
      const error = await rejectionOf(items[Symbol.asyncIterator]().next(), StreamClosedError);
      expect(causesOf(error)).to.include(why);
      await aborted;
      expect(numbers.made).to.equal(0);
    }));

  for (const [when, isFull] of [
    ['a write fails', false],
    ['the connection fails while it waits for room', true],
  ] as const) {
    it(`K10 kkrpc: a producer is returned when ${when}`, async () => {
      const memory = memoryPair();
      const network = new WatchedTransport(memory.both.network);
      await withServer({ ...memory, server: { network } }, async (pair) => {
        const service = new Streams();
        pair.server.expose('streams', service);
        const iterator = apiOf(pair).infinite()[Symbol.asyncIterator]();
        await iterator.next();
        if (isFull) await settle(memory.clock);
        const { made } = service.numbers;
        // The second one carries the stream.
        network.sockets[1]?.destroy(new Error('EPIPE'));
        await settle(memory.clock);
        expect(service.numbers.ended).to.equal(1);
        if (isFull) expect(service.numbers.made).to.equal(made);
        const { error } = await gatherToError({ [Symbol.asyncIterator]: () => iterator });
        expect(error).to.be.instanceOf(StreamClosedError);
        expect(pair.client.state, 'the main connection is none the worse').to.equal('connected');
      });
    });
  }
});

/** An error and what has led to it. */
function causesOf(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [error];
}
