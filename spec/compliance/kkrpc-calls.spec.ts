import { expect } from 'chai';
import { z } from 'zod';

import {
  callContext,
  CanceledError,
  ClosedError,
  isRpcError,
  type LocalStream,
  type Metadata,
  stream,
  TimeoutError,
  UnsupportedError,
  ValidationError,
} from '../../lib/index.ts';
import { StreamNotFoundError } from '../../lib/errors/errors.ts';
import { advance, createTestPair, runUntil, settle, type TestPair } from '../../lib/testing.ts';
import { gatherToError, Numbers } from '../support/numbers.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { until } from '../support/turns.ts';

/** Waits for ever, and says what became of whoever waited. */
class Service {
  readonly numbers = new Numbers();
  calls = 0;

  infinite(): AsyncIterable<number> {
    this.calls++;
    return this.numbers.upTo(Infinity);
  }

  echo(value: unknown): unknown {
    this.calls++;
    return value;
  }

  hang(): Promise<never> {
    this.calls++;
    return new Promise(() => {});
  }

  metadata(): Metadata {
    return { ...callContext().metadata };
  }

  async first(items: AsyncIterable<number>): Promise<number> {
    for await (const item of items) return item;
    throw new Error('there are none');
  }
}

/** Runs a test in memory, where time stands still. */
async function withService(
  run: (pair: TestPair, service: Service) => Promise<void>,
): Promise<void> {
  await using pair = await createTestPair();
  const service = new Service();
  pair.server.expose('service', service);
  await run(pair, service);
}

describe('kkrpc: flow control', () => {
  it('K7 kkrpc: a producer is not asked for anything before its consumer is', () =>
    withService(async ({ client, clock }, { numbers }) => {
      const items = await client.api<Service>('service').infinite();
      const iterator = items[Symbol.asyncIterator]();
      await settle(clock);
      expect(numbers.made).to.equal(0);
      expect(await iterator.next()).to.deep.equal({ done: false, value: 0 });
      await iterator.return?.();
    }));

  it('K7 kkrpc: a producer runs ahead by a bounded amount, and goes on as its consumer does', async () => {
    // Budgets of a thousand bytes, and as much on the way.
    const limits = { sinkBudgetBytes: 1_000, sourceBudgetBytes: 1_000 };
    await using pair = await createTestPair({ server: { limits }, client: { limits } });
    const numbers = new Numbers();
    const chunk = Buffer.alloc(20_000);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for await (const _number of numbers.upTo(Infinity)) yield chunk;
    }
    pair.server.expose('service', { chunks });
    const items = await pair.client.api<{ chunks: typeof chunks }>('service').chunks();
    const ahead: number[] = [];
    for (let read = 1; read <= 20; read++) {
      await items.read();
      await settle(pair.clock);
      ahead.push(numbers.made - read);
    }
    // What the network holds, one that is read, one that waits for room, and one to spare.
    expect(Math.max(...ahead)).to.be.within(2, 7);
    expect(numbers.made).to.be.at.least(20);
    items.cancel();
  });
});

describe('kkrpc: what can be done to a stream from afar', () => {
  it('K8 kkrpc: a return is done at once, and the producer’s finally runs', () =>
    withService(async ({ client, clock }, { numbers }) => {
      const iterator = client.api<Service>('service').infinite()[Symbol.asyncIterator]();
      await iterator.next();
      expect(await iterator.return?.()).to.deep.equal({ done: true, value: undefined });
      await settle(clock);
      expect(numbers.ended).to.equal(1);
      expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
    }));

  it('K8 kkrpc: what is thrown into it is thrown back, and the producer learns it', () =>
    withService(async ({ server, client, clock }) => {
      let signal: AbortSignal | undefined;
      const items = (): LocalStream<number> =>
        stream((own: AbortSignal) => {
          signal = own;
          return new Numbers().upTo(Infinity);
        });
      server.expose('told', { items });
      const told = client.api<{ items: typeof items }>('told').items();
      const iterator = told[Symbol.asyncIterator]() as AsyncGenerator<number>;
      await iterator.next();
      await rejectionOf(iterator.throw(new RangeError('not that')), RangeError);
      await settle(clock);
      expect((signal?.reason as CanceledError | undefined)?.cause)
        .to.be.instanceOf(RangeError)
        .and.include({ message: 'not that' });
      expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
    }));

  it('K8 kkrpc: a return while an item is waited for ends both', () =>
    withService(async ({ server, client, clock }) => {
      let returned = 0;
      const silent = {
        next: () => new Promise<IteratorResult<number>>(() => {}),
        return: () => {
          returned++;
          return Promise.resolve({ done: true as const, value: undefined });
        },
      };
      server.expose('silent', { items: () => ({ [Symbol.asyncIterator]: () => silent }) });
      const api = client.api<{ items(): AsyncIterable<number> }>('silent');
      const iterator = (await api.items())[Symbol.asyncIterator]();
      const waiting = follow(iterator.next());
      await settle(clock);
      expect(waiting.outcome).to.equal(undefined);
      await iterator.return?.();
      await settle(clock);
      // Saying done would tell a reader around the iterator that all items had come.
      expect(waiting.outcome).to.have.nested.property('error.code', 'ERR_STREAM_CLOSED');
      expect(returned).to.equal(1);
    }));

  it('K8 kkrpc: a stream that is not there any more has nothing to read, and can be returned', async () => {
    // The client thinks it may take its time.
    await using pair = await createTestPair({ server: { limits: { promiseLeaseMs: 1_000 } } });
    const service = new Service();
    pair.server.expose('service', service);
    const api = pair.client.api<Service>('service');
    const [read, returned] = [await api.infinite(), await api.infinite()];
    await advance(pair.clock, 2_000);
    const error = await rejectionOf(read[Symbol.asyncIterator]().next(), Error);
    expect(error).to.include({ name: StreamNotFoundError.name, code: 'ERR_STREAM_NOT_FOUND' });
    const iterator = returned[Symbol.asyncIterator]();
    expect(await iterator.return?.()).to.deep.equal({ done: true, value: undefined });
    expect(service.numbers.made).to.equal(0);
  });

  it('K6 kkrpc: an item that is not what it should be ends the stream, behind those before it', () =>
    withService(async ({ server, client, clock }) => {
      const numbers = new Numbers();
      const items = z.number().max(2);
      const service = { upTo: (count: number) => numbers.upTo(count) };
      server.expose('checked', service, { methods: { upTo: { items } } });
      const reading = gatherToError(client.api<typeof service>('checked').upTo(10));
      const { items: read, error } = await reading;
      expect(read).to.deep.equal([0, 1, 2]);
      expect(error).to.include({ name: ValidationError.name });
      await settle(clock);
      expect(numbers.ended).to.equal(1);
    }));
});

describe('kkrpc: a connection’s life', () => {
  it('K10 kkrpc: destroying the client returns the server’s producers, and its consumers reject', () =>
    withService(async ({ client, clock }, { numbers }) => {
      const api = client.api<Service>('service');
      const reading = [gatherToError(api.infinite()), gatherToError(api.infinite())];
      const call = rejectionOf(api.hang(), ClosedError);
      await until(() => numbers.made > 1);
      const why = new Error('boom');
      await client.abort(why);
      for (const { error } of await Promise.all(reading)) {
        expect(error).to.satisfy(isRpcError);
        expect(causesOf(error)).to.include(why);
      }
      expect(causesOf(await call)).to.include(why);
      await settle(clock);
      expect(numbers.ended).to.equal(2);
    }));

  it('K10 kkrpc: destroying the server returns its producers, and the client’s consumers reject', () =>
    withService(async ({ server, client, clock }, { numbers }) => {
      const api = client.api<Service>('service');
      const reading = gatherToError(api.infinite());
      await until(() => numbers.made > 1);
      await server.abort();
      await settle(clock);
      expect(numbers.ended).to.equal(1);
      expect((await runUntil(clock, reading)).error).to.satisfy(isRpcError);
    }));

  it('K10 kkrpc: the client’s own producers are returned as well', () =>
    withService(async ({ server, client, clock }) => {
      let reached = 0;
      const service = {
        async load(items: AsyncIterable<number>): Promise<number> {
          for await (const item of items) reached = item;
          return reached;
        },
      };
      server.expose('load', service);
      const numbers = new Numbers();
      const loading = rejectionOf(client.api<typeof service>('load').load(numbers.upTo(Infinity)));
      await until(() => reached > 0);
      await server.abort();
      // Its client waits for it first, as long as it would keep the session.
      await runUntil(clock, loading);
      await settle(clock);
      expect(numbers.ended).to.equal(1);
    }));

  it('K10 kkrpc: after the close calls fail at once, and nothing is sent', () =>
    withService(async ({ client }, service) => {
      await client.abort();
      const { sentMessages } = client.stats;
      const api = client.api<Service>('service');
      await rejectionOf(api.echo('x'), ClosedError);
      expect((await gatherToError(api.infinite())).error).to.be.instanceOf(ClosedError);
      expect(client.stats.sentMessages).to.equal(sentMessages);
      expect(service.calls).to.equal(0);
    }));
});

describe('kkrpc: options of a call', () => {
  it('K11 kkrpc: a view’s timeout is its own, and another view keeps to its own', () =>
    withService(async ({ client, clock }) => {
      const slow = follow(client.api<Service>('service', { timeoutMs: 10_000 }).hang());
      const quick = rejectionOf(
        client.api<Service>('service', { timeoutMs: 30 }).hang(),
        TimeoutError,
      );
      await advance(clock, 30);
      expect(await quick).to.include({ limitMs: 30, scope: 'call' });
      await advance(clock, 9_969);
      expect(slow.outcome).to.equal(undefined);
      await advance(clock, 1);
      expect(slow.outcome).to.have.property('error').that.is.instanceOf(TimeoutError);
    }));

  it('K11 kkrpc: a timeout of 0 is none', () =>
    withService(async ({ client, clock }) => {
      const call = follow(client.api<Service>('service', { timeoutMs: 0 }).hang());
      await advance(clock, 3_600_000);
      expect(call.outcome).to.equal(undefined);
    }));

  it('K11 kkrpc: a signal ends a call that is under way, and a stream', () =>
    withService(async ({ client, clock }, { numbers }) => {
      const abort = new AbortController();
      const api = client.api<Service>('service', { signal: abort.signal });
      const call = rejectionOf(api.hang(), CanceledError);
      const reading = gatherToError(api.infinite());
      await until(() => numbers.made > 1);
      const why = new Error('enough');
      abort.abort(why);
      expect(await call).to.include({ cause: why });
      expect((await reading).error).to.include({ code: 'ERR_CANCELED', cause: why });
      await settle(clock);
      expect(numbers.ended).to.equal(1);
    }));

  it('K11 kkrpc: a signal that has fired before sends nothing', () =>
    withService(async ({ client, clock }, service) => {
      const api = client.api<Service>('service', { signal: AbortSignal.abort('before') });
      const { sentMessages } = client.stats;
      await rejectionOf(api.echo('x'), CanceledError);
      expect((await gatherToError(api.infinite())).error).to.be.instanceOf(CanceledError);
      await settle(clock);
      expect(client.stats.sentMessages).to.equal(sentMessages);
      expect(service.calls).to.equal(0);
    }));

  it('K11 kkrpc: metadata goes along, given or made for each call', () =>
    withService(async ({ client }) => {
      const trace = {
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        tracestate: 'vendor=1',
        baggage: 'tenant=a',
      };
      const given = client.api<Service>('service', { metadata: trace });
      expect(await given.metadata()).to.deep.equal(trace);
      let count = 0;
      const metadata = (): Metadata => ({ ...trace, 'request-id': String(++count) });
      const made = client.api<Service>('service', { metadata });
      expect(await made.metadata()).to.deep.equal({ ...trace, 'request-id': '1' });
      expect(await made.metadata()).to.deep.equal({ ...trace, 'request-id': '2' });
    }));

  for (const [how, fail] of [
    [
      'throws',
      () => {
        throw new RangeError('no token');
      },
    ],
    ['rejects', () => Promise.reject(new RangeError('no token'))],
  ] as const) {
    it(`K11 kkrpc: where the metadata’s provider ${how}, the call does, and nothing is sent`, () =>
      withService(async ({ client, clock }, service) => {
        const api = client.api<Service>('service', { metadata: fail });
        const { sentMessages } = client.stats;
        await rejectionOf(api.echo('x'), RangeError);
        expect((await gatherToError(api.infinite())).error).to.be.instanceOf(RangeError);
        await settle(clock);
        expect(client.stats.sentMessages).to.equal(sentMessages);
        expect(service.calls).to.equal(0);
      }));
  }

  it('K9, K11 kkrpc: a stream among the arguments of a call that is not sent is returned', () =>
    withService(async ({ client }) => {
      const items = new Numbers().upTo(3);
      const local = stream(new Numbers().upTo(3));
      const api = client.api<Service>('service', { signal: AbortSignal.abort() });
      await rejectionOf(api.first(items), CanceledError);
      await rejectionOf(api.first(local), CanceledError);
      expect(await items.next()).to.deep.equal({ done: true, value: undefined });
      await rejectionOf(local.whenSent);
    }));
});

describe('kkrpc: hardening', () => {
  it('K12 kkrpc: values that are nested too deep are refused before they are sent', () =>
    withService(async ({ client }, service) => {
      let deep: Record<string, unknown> = {};
      for (let level = 0; level < 400; level++) deep = { child: deep };
      const api = client.api<Service>('service');
      const error = await rejectionOf(api.echo(deep));
      expect(error).to.include({ code: 'ERR_SERIALIZATION', initiator: 'local' });
      expect(error.message).to.match(/nested deeper than \d+ levels/);
      expect(service.calls).to.equal(0);
      const value = { a: 1, nested: { b: [1, 2, { c: 3 }] } };
      expect(await api.echo(value)).to.deep.equal(value);
    }));

  it('K12 kkrpc: a peer that can’t stream says so', async () => {
    await using pair = await createTestPair({ server: { extension: false } });
    pair.server.expose('service', new Service());
    const api = pair.client.api<Service>('service');
    await rejectionOf(api.infinite(), UnsupportedError);
    await rejectionOf(api.first(new Numbers().upTo(1)), UnsupportedError);
  });
});

/** An error and what has led to it. */
function causesOf(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [error];
}
