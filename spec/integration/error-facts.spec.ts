import { expect } from 'chai';

import {
  callContext,
  CanceledError,
  ClosedError,
  isRetryable,
  isRpcError,
  type LocalStream,
  RefusedError,
  type RemoteStream,
  stream,
  StreamClosedError,
  TimeoutError,
} from '../../lib/index.ts';
import { isRemote } from '../../lib/errors.ts';
import { MisuseError } from '../../lib/errors/errors.ts';
import { advance, createTestPair, settle, type TestPair } from '../../lib/testing.ts';
import { follow, rejectionOf } from '../support/rejection.ts';

/** A stream of one item, which then waits for ever, as it is seen from both of its ends. */
interface Waiting extends TestPair {
  readonly local: LocalStream<number>;
  readonly remote: RemoteStream<number>;
  /** The read that waits for the second item. */
  readonly reading: Promise<unknown>;
}

async function* oneItem(): AsyncGenerator<number> {
  yield 1;
  await new Promise(() => {});
}

async function withWaiting(
  run: (waiting: Waiting) => Promise<void>,
  options: Parameters<TestPair['client']['api']>[1] = {},
): Promise<void> {
  await using pair = await createTestPair({
    server: { name: 'B' },
    client: { name: 'A', reconnect: false },
  });
  const local = stream(oneItem());
  pair.server.expose('service', { items: () => local, hang: () => new Promise(() => {}) });
  const api = pair.client.api<{ items(): AsyncIterable<number> }>('service', options);
  const remote = await api.items();
  await remote.read();
  const reading = remote.read();
  reading.catch(() => {});
  await run({ ...pair, local, remote, reading });
}

describe('what an error says of itself', () => {
  it('X10 a producer that fails: an error of its own, from the other side', async () => {
    await using pair = await createTestPair();
    pair.server.expose('service', {
      async *items(): AsyncGenerator<number> {
        yield 1;
        throw new RangeError('no more items');
      },
    });
    const items = await pair.client.api<{ items(): AsyncIterable<number> }>('service').items();
    await items.read();
    const error = await rejectionOf(items.read(), RangeError);
    expect([isRemote(error), isRpcError(error), isRetryable(error)]).to.deep.equal([
      true,
      false,
      false,
    ]);
  });

  it('X10 a reader that wants no more: a cancel by the other side, with its reason and path', () =>
    withWaiting(async ({ local, remote, clock }) => {
      remote.cancel(new RangeError('enough'));
      await settle(clock);
      const error = await rejectionOf(local.whenSent, CanceledError);
      expect(error).to.include({ scope: 'stream', initiator: 'remote', retryable: false });
      expect(error.path).to.deep.equal(['A']);
      expect(error.cause).to.be.instanceOf(RangeError).and.include({ message: 'enough' });
    }));

  it('X10 a caller that gives up: a cancel by the other side at its handler, with its reason and path', async () => {
    await using pair = await createTestPair({ client: { name: 'A' } });
    const reasons: unknown[] = [];
    pair.server.expose('service', {
      async hang(): Promise<void> {
        const { signal } = callContext();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        reasons.push(signal.reason);
      },
    });
    const abort = new AbortController();
    const api = pair.client.api<{ hang(): void }>('service', { signal: abort.signal });
    const call = rejectionOf(api.hang(), CanceledError);
    await settle(pair.clock);
    abort.abort(new RangeError('enough'));
    expect(await call).to.include({ scope: 'call', initiator: 'local', retryable: false });
    await settle(pair.clock);
    expect(reasons).to.have.length(1);
    const [reason] = reasons as [CanceledError];
    expect(reason).to.be.instanceOf(CanceledError);
    expect(reason).to.include({ scope: 'call', initiator: 'remote', retryable: false });
    expect(reason.path).to.deep.equal(['A']);
    expect(reason.cause).to.be.instanceOf(RangeError).and.include({ message: 'enough' });
  });

  it('X10 a signal that fires: a cancel by this side, with its reason', async () => {
    const abort = new AbortController();
    await withWaiting(
      async ({ reading }) => {
        abort.abort('enough');
        const error = await rejectionOf(reading, CanceledError);
        expect(error).to.include({ initiator: 'local', retryable: false, cause: 'enough' });
      },
      { signal: abort.signal },
    );
  });

  it('X10 a connection that is closed here: not to be tried again', () =>
    withWaiting(async ({ client, reading, remote }) => {
      const call = rejectionOf(client.api<{ hang(): void }>('service').hang(), ClosedError);
      await client.abort(new RangeError('over'));
      expect(await call).to.include({ scope: 'connection', initiator: 'local', retryable: false });
      const error = await rejectionOf(reading, StreamClosedError);
      expect(error).to.include({ scope: 'stream', retryable: false });
      expect(error.cause).to.be.instanceOf(ClosedError);
      await rejectionOf(remote.ended, StreamClosedError);
    }));

  it('X10 a connection that the other side closes: to be tried again', () =>
    withWaiting(async ({ server, client, reading }) => {
      const call = rejectionOf(client.api<{ hang(): void }>('service').hang(), ClosedError);
      await server.abort();
      expect(await call).to.include({ scope: 'connection', initiator: 'remote', retryable: true });
      const error = await rejectionOf(reading, StreamClosedError);
      expect(error).to.include({ scope: 'stream', initiator: 'remote' });
    }));

  it('X10 a server that goes away: nothing was done, and to be tried again', () =>
    withWaiting(async ({ server, client, clock, remote }) => {
      const closing = server.close();
      await settle(clock);
      const call = rejectionOf(client.api<{ hang(): void }>('service').hang(), RefusedError);
      expect(await call).to.include({ scope: 'call', retryable: true });
      remote.cancel();
      await settle(clock);
      await closing;
    }));

  it('X10 a time that is over: which one, how long it was, and to be tried again', () =>
    withWaiting(
      async ({ reading, clock }) => {
        await advance(clock, 100);
        const error = await rejectionOf(reading, TimeoutError);
        expect(error).to.include({ scope: 'stream', limitMs: 100, retryable: true });
        expect(error.message).to.match(/^the stream /);
      },
      { streamTimeoutMs: 100 },
    ));

  it('X10 a mistake: that of the caller', () =>
    withWaiting(({ remote }) => {
      expect(() => remote[Symbol.asyncIterator]())
        .to.throw(MisuseError)
        .that.includes({ scope: 'stream', initiator: 'local', retryable: false });
      return Promise.resolve();
    }));
});

describe('waiting for headers', () => {
  it('B2-33 obeys the limit of the stream, to the millisecond', async () => {
    await using pair = await createTestPair();
    const { server, client, clock } = pair;
    // Headers go ahead of an item, and there is none.
    server.expose('service', { late: () => stream(() => never()) });
    const options = { streamTimeoutMs: 100 };
    const remote = await client.api<{ late(): AsyncIterable<number> }>('service', options).late();
    remote.read().catch(() => {});
    const headers = follow(remote.headers);
    await advance(clock, 99);
    expect(headers.outcome).to.equal(undefined);
    await advance(clock, 1);
    expect(headers.outcome)
      .to.have.property('error')
      .that.is.instanceOf(TimeoutError)
      .and.includes({ limitMs: 100 });
  });
});

async function* never(): AsyncGenerator<number> {
  await new Promise(() => {});
  yield 1;
}
