import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import { callContext, connect, type RemoteStream, stream, TimeoutError } from '../../lib/index.ts';
import { packed, string } from '../../lib/layout.ts';
import { advance, createTestPair, runUntil, settle } from '../../lib/testing.ts';
import { gather } from '../support/blobs.ts';
import { TestService } from '../support/kitex-service.ts';
import { gatherToError, Numbers } from '../support/numbers.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { SocketRecorder } from '../support/socket-recorder.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

describe('Kitex: timeouts', () => {
  it('X6 Kitex: of connecting, negotiation included', async () => {
    const { clock, both } = memoryPair();
    const place = { host: '127.0.0.1', port: 1 };
    const endpoint = { ...place, noDelay: true, keepAliveDelayMs: 0 };
    const listener = await both.network.listen(endpoint, {
      // It is accepted, and hears nothing.
      onSocket: (socket) => void new SocketRecorder(socket),
      onError: () => {},
    });
    const connecting = connect({ ...place, ...both, connectTimeoutMs: 100 });
    const failed = rejectionOf(connecting, TimeoutError);
    await advance(clock, 100);
    expect(await failed).to.include({ limitMs: 100, scope: 'connection' });
    await settle(clock);
    expect(clock.pendingTimers).to.equal(0);
    await listener.close();
  });

  it('X6 Kitex: of a call, at both ends', async () => {
    await using pair = await createTestPair();
    const { server, client, clock } = pair;
    let signal: AbortSignal | undefined;
    let remainingMs: number | undefined;
    const hang = (): Promise<never> => {
      ({ signal, remainingMs } = callContext());
      return new Promise(() => {});
    };
    server.expose('service', { hang });
    const api = client.api<{ hang(): Promise<never> }>('service', { timeoutMs: 500 });
    const call = rejectionOf(api.hang(), TimeoutError);
    await advance(clock, 499);
    expect(signal?.aborted).to.equal(false);
    expect(remainingMs).to.equal(500);
    await advance(clock, 1);
    expect(await call).to.include({ limitMs: 500, scope: 'call', retryable: true });
    expect(signal?.reason).to.be.instanceOf(TimeoutError);
  });

  it('X6 Kitex: of a whole stream, with an error at both ends', async () => {
    await using pair = await createTestPair();
    const { server, client, clock } = pair;
    const service = new TestService();
    const silent = service.silent();
    server.expose('test', { silent: () => silent });
    const api = client.api<TestService>('test', { streamTimeoutMs: 1_000 });
    const items = await api.silent();
    await advance(clock, 5_000);
    // Time runs from the demand for the first item on.
    expect((await items.read()).value).to.equal(0);
    const second = follow(items.read());
    await advance(clock, 999);
    expect(second.outcome).to.equal(undefined);
    await advance(clock, 1);
    expect(second.outcome)
      .to.have.property('error')
      .that.is.instanceOf(TimeoutError)
      .and.includes({ limitMs: 1_000, scope: 'stream' });
    const error = await rejectionOf(silent.whenSent, Error);
    expect([error.name, (error.cause as Error | undefined)?.name]).to.include(TimeoutError.name);
    await settle(clock);
    expect(service.numbers.ended).to.equal(1);
  });

  it('X6 Kitex: of one receive, after which the stream goes on', async () => {
    await using pair = await createTestPair();
    const { server, client, clock } = pair;
    const gate = new Deferred();
    async function* items(): AsyncGenerator<number> {
      yield 1;
      await gate.promise;
      yield 2;
    }
    server.expose('service', { items });
    const stream = await client.api<{ items: typeof items }>('service').items();
    expect((await stream.read({ timeoutMs: 100 })).value).to.equal(1);
    const late = rejectionOf(stream.read({ timeoutMs: 100 }), TimeoutError);
    await advance(clock, 100);
    expect(await late).to.include({ limitMs: 100, scope: 'stream', retryable: true });
    gate.resolve();
    expect((await stream.read({ timeoutMs: 100 })).value).to.equal(2);
    expect((await stream.read({ timeoutMs: 100 })).done).to.equal(true);
  });

  it('X6 Kitex: of each receive of a loop, which gives the stream up', async () => {
    await using pair = await createTestPair();
    const { server, client, clock } = pair;
    const service = new TestService();
    server.expose('test', service);
    const api = client.api<TestService>('test', { receiveTimeoutMs: 100 });
    const reading = gatherToError(api.silent());
    await settle(clock);
    await advance(clock, 100);
    const { items, error } = await reading;
    expect(items).to.deep.equal([0]);
    expect(error).to.be.instanceOf(TimeoutError).and.include({ limitMs: 100, scope: 'stream' });
    await settle(clock);
    expect(service.numbers.ended).to.equal(1);
  });

  for (const [first, receiveTimeoutMs, streamTimeoutMs] of [
    ['of the receive', 100, 1_000],
    ['of the stream', 1_000, 100],
  ] as const) {
    it(`X6 Kitex: of two the earlier counts: that ${first}, and they can be told apart`, async () => {
      await using pair = await createTestPair();
      const { server, client, clock } = pair;
      server.expose('test', new TestService());
      const options = { receiveTimeoutMs, streamTimeoutMs };
      const reading = gatherToError(client.api<TestService>('test', options).silent());
      await settle(clock);
      await advance(clock, 100);
      const { error } = await reading;
      expect(error).to.be.instanceOf(TimeoutError).and.include({ limitMs: 100 });
      const what = receiveTimeoutMs < streamTimeoutMs ? /^the read / : /^the stream /;
      expect((error as Error).message).to.match(what);
    });
  }

  it('X6 Kitex: of one send, which ends the stream at both ends', async () => {
    await using pair = await createTestPair();
    const { server, client, clock } = pair;
    const chunk = Buffer.alloc(100_000);
    const numbers = new Numbers();
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for await (const _number of numbers.upTo(1_000)) yield chunk;
    }
    const local = stream(chunks(), { sendTimeoutMs: 100 });
    server.expose('service', { chunks: () => local });
    const items = await client.api<{ chunks(): AsyncIterable<Uint8Array> }>('service').chunks();
    await items.read();
    const unsent = rejectionOf(local.whenSent, TimeoutError);
    await advance(clock, 100);
    expect(await unsent).to.include({ limitMs: 100, scope: 'stream' });
    await settle(clock);
    expect(numbers.ended).to.equal(1);
    const { error } = await gatherToError({ [Symbol.asyncIterator]: () => readsOf(items) });
    expect(error).to.include({ name: TimeoutError.name });
  });
});

describe('Kitex: connections', () => {
  it('X12 Kitex: the next stream takes the connection of the one before', async () => {
    const network = new WatchedTransport();
    await withServer({ client: { network } }, async ({ server, client }) => {
      const service = new TestService();
      server.expose('test', service);
      const api = client.api<TestService>('test');
      for (let round = 0; round < 5; round++) {
        expect(await gather(api.echoServer(`round ${round}`))).to.have.length(3);
        expect(await api.echoClient(stream(['a', 'b']))).to.equal('a b');
      }
      expect(network.sockets).to.have.length(2);
    });
  });

  it('X12 Kitex: streams at once have a connection each, parked up to maxParked, closed after parkedIdleMs', async () => {
    const memory = memoryPair();
    const network = new WatchedTransport(memory.both.network);
    const limits = { maxParked: 2, parkedIdleMs: 60_000 };
    await withServer({ ...memory, client: { network, limits } }, async ({ server, client }) => {
      const service = new TestService();
      server.expose('test', service);
      const api = client.api<TestService>('test');
      const open = await Promise.all([1, 2, 3, 4].map(() => api.silent()));
      await Promise.all(open.map((items) => items.read()));
      expect(network.openCount).to.equal(5);
      for (const items of open) items.cancel();
      await settle(memory.clock);
      expect(network.openCount, 'the main one and two that are parked').to.equal(3);
      await advance(memory.clock, 59_999);
      expect(network.openCount).to.equal(3);
      await advance(memory.clock, 1);
      expect(network.openCount).to.equal(1);
      expect(await gather(api.echoServer('later'))).to.have.length(3);
    });
  });

  it('X13 Kitex: a slow reader costs bounded memory, whichever side it is on', async () => {
    await using pair = await createTestPair();
    const { server, client, clock } = pair;
    const chunk = Buffer.alloc(10_000, 7);
    const [up, down] = [new Numbers(), new Numbers()];
    async function* chunks(numbers: Numbers): AsyncGenerator<Uint8Array> {
      for await (const _number of numbers.upTo(Infinity)) yield chunk;
    }
    const held = new Deferred();
    const service = {
      chunks: () => chunks(down),
      async load(items: AsyncIterable<Uint8Array>): Promise<void> {
        for await (const _item of items) await held.promise;
      },
    };
    server.expose('service', service);
    const api = client.api<typeof service>('service');
    const items = await api.chunks();
    await items.read();
    const loading = rejectionOf(api.load(chunks(up)), Error);
    await settle(clock);
    // Both budgets, what is on the way, and what is read at a time.
    const mostBytes = 2 * 262_144 + 2 * 65_536;
    for (const { made } of [up, down]) {
      expect(made * chunk.length).to.be.within(100_000, mostBytes);
    }
    const { made } = down;
    await advance(clock, 3_600_000);
    expect(down.made).to.equal(made);
    items.cancel();
    held.reject(new Error('enough'));
    await loading;
    await settle(clock);
    expect([up.ended, down.ended]).to.deep.equal([1, 1]);
  });

  it('X13 Kitex: no item is lost while a slow reader catches up', async () => {
    await using pair = await createTestPair({ latencyMs: 5 });
    const { server, client, clock } = pair;
    const text = 'x'.repeat(1_000);
    async function* numbered(): AsyncGenerator<string> {
      for await (const number of new Numbers().upTo(3_000)) yield `${number} ${text}`;
    }
    server.expose('service', { items: () => stream(numbered(), { serializer: packed(string) }) });
    const reading = (async () => {
      let expected = 0;
      for await (const item of client.api<{ items(): AsyncIterable<string> }>('service').items()) {
        expect(Number.parseInt(item)).to.equal(expected++);
        if (expected % 100 === 0) {
          await new Promise<void>((resolve) => void clock.setTimeout(resolve, 50));
        }
      }
      return expected;
    })();
    expect(await runUntil(clock, reading)).to.equal(3_000);
  });
});

/** What is left of a stream that was read from. */
async function* readsOf<T>(items: RemoteStream<T>): AsyncGenerator<T> {
  for (let step; (step = await items.read()).done !== true;) yield step.value;
}
