import {
  BrokenCircuitError,
  bulkhead,
  BulkheadRejectedError,
  circuitBreaker,
  ConsecutiveBreaker,
  ConstantBackoff,
  DelegateBackoff,
  handleAll,
  handleWhen,
  retry,
  timeout,
  TimeoutStrategy,
  TaskCancelledError,
  wrap,
} from 'cockatiel';
import { expect } from 'chai';

import {
  type Client,
  isRetryable,
  retryAfterMs,
  type Server,
  StatusError,
} from '../../lib/index.ts';
import { MisuseError } from '../../lib/errors/errors.ts';
import { Deferred } from '../../lib/base/deferred.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

interface Store {
  get(key: string): Promise<string>;
  load(items: AsyncIterable<number>): Promise<number>;
  scan(): AsyncIterable<number>;
}

/** A store whose `get` the test ends, and that counts what reaches it. */
class HeldStore implements Store {
  gets = 0;
  loads = 0;
  /** What `get` throws, one after the other; then it waits to be released. */
  readonly failures: Error[] = [];
  readonly #held: Deferred[] = [];
  isHolding = false;

  async get(key: string): Promise<string> {
    this.gets++;
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    if (this.isHolding) {
      const held = new Deferred();
      this.#held.push(held);
      await held.promise;
    }
    return `value of ${key}`;
  }

  async load(items: AsyncIterable<number>): Promise<number> {
    this.loads++;
    if (this.failures.length > 0) throw this.failures.shift()!;
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  }

  async *scan(): AsyncGenerator<number> {
    for (const item of [1, 2, 3]) yield await Promise.resolve(item);
    if (this.failures.length > 0) throw this.failures.shift()!;
  }

  release(): void {
    for (const held of this.#held.splice(0)) held.resolve();
  }
}

interface Bench {
  readonly server: Server;
  readonly client: Client;
  readonly store: HeldStore;
}

/** Runs a test with a store that is exposed with a limit of two calls of `get` at a time. */
function withStore(run: (bench: Bench) => Promise<void>): Promise<void> {
  return withServer(async ({ server, client }) => {
    const store = new HeldStore();
    server.expose('store', store, {
      only: ['get', 'load', 'scan'],
      methods: { get: { maxConcurrent: 2 } },
    });
    await run({ server, client, store });
  });
}

describe('X8 limits of a service’s methods', () => {
  it('X8, E2 refuse the call beyond them with a status that says it may be repeated', () =>
    withStore(async ({ client, store }) => {
      const api = client.api<Store>('store');
      store.isHolding = true;
      const calls = [api.get('a'), api.get('b')];
      await until(() => store.gets === 2);
      const error = await rejectionOf(api.get('c'), StatusError);
      expect(error).to.include({ status: 'resource-exhausted', retryable: true });
      expect(error.message).to.equal('2 calls are in progress, as many as maxConcurrent allows');
      expect(store.gets).to.equal(2);
      store.release();
      expect(await Promise.all(calls)).to.deep.equal(['value of a', 'value of b']);
    }));

  it('X8 say how long to wait where they know it', () =>
    withServer(memoryPair(), async ({ server, client }) => {
      const options = { methods: { get: { callsPerSecond: 1 } } };
      server.expose('slow', { get: () => 'result' }, options);
      const api = client.api<{ get(): string }>('slow');
      await api.get();
      const error = await rejectionOf(api.get(), StatusError);
      expect(error.retryAfterMs).to.equal(1_000);
      expect(retryAfterMs(error)).to.equal(error.retryAfterMs);
      expect(isRetryable(error)).to.equal(true);
    }));

  it('X8 keep the place of a call whose result streams until the stream has ended', () =>
    withServer(async ({ server, client }) => {
      async function* count(): AsyncGenerator<number> {
        for (let item = 0; ; item++) yield await Promise.resolve(item);
      }
      server.expose('endless', { count }, { methods: { count: { maxConcurrent: 1 } } });
      const api = client.api<{ count(): AsyncIterable<number> }>('endless');
      const first = await api.count();
      await rejectionOf(api.count(), StatusError);
      for await (const item of first) if (item === 2) break;
      let second: AsyncIterable<number> | undefined;
      while (second === undefined) second = await api.count().catch(() => undefined);
      for await (const item of second) if (item === 0) break;
    }));

  it('X8 are judged before anything is exposed', () =>
    withServer(({ server }) => {
      const object = { get: () => 1, set: () => 2 };
      for (const methods of [{ remove: {} }, { set: { maxConcurrent: 0 } }, { constructor: {} }]) {
        expect(() => server.expose('store', object, { methods })).to.throw(/methods|maxConcurrent/);
      }
      server.expose('store', object);
    }));
});

describe('X8 a policy', () => {
  it('X8 retries until the server has room', () =>
    withStore(async ({ client, store }) => {
      store.isHolding = true;
      const plain = client.api<Store>('store');
      const calls = [plain.get('a'), plain.get('b')];
      await until(() => store.gets === 2);
      let attempts = 0;
      const policy = retry(handleWhen(isRetryable), {
        maxAttempts: 1_000,
        backoff: new ConstantBackoff(1),
      });
      policy.onRetry(() => {
        if (++attempts === 3) {
          store.isHolding = false;
          store.release();
        }
      });
      expect(await client.api<Store>('store', { policy }).get('c')).to.equal('value of c');
      expect(attempts).to.be.at.least(3);
      // Refused attempts did not reach the store.
      expect(store.gets).to.equal(3);
      await Promise.all(calls);
    }));

  it('X8 can wait as long as the server asks', () => {
    const memory = memoryPair();
    return withServer(memory, async ({ server, client }) => {
      server.expose('slow', { get: () => 'result' }, { methods: { get: { callsPerSecond: 20 } } });
      const waits: number[] = [];
      const policy = retry(handleWhen(isRetryable), {
        maxAttempts: 5,
        // The policy's own timers are Node's: the server's time passes here instead.
        backoff: new DelegateBackoff(({ result }) => {
          const waitMs = 'error' in result ? (retryAfterMs(result.error) ?? 0) : 0;
          waits.push(waitMs);
          memory.clock.advance(waitMs);
          return 0;
        }),
      });
      const api = client.api<{ get(): string }>('slow', { policy });
      for (let count = 0; count < 22; count++) expect(await api.get()).to.equal('result');
      expect(waits).to.deep.equal([50, 50]);
    });
  });

  it('X8 does not repeat what may not be repeated', () =>
    withStore(async ({ client, store }) => {
      const policy = retry(handleWhen(isRetryable), {
        maxAttempts: 5,
        backoff: new ConstantBackoff(1),
      });
      store.failures.push(new StatusError('invalid-argument', 'never'));
      const error = await rejectionOf(client.api<Store>('store', { policy }).get('a'), StatusError);
      expect(error.message).to.equal('never');
      expect(store.gets).to.equal(1);
    }));

  it('X8 opens its breaker after so many failures, and sends nothing then', () =>
    withStore(async ({ client, store }) => {
      const policy = circuitBreaker(handleAll, {
        halfOpenAfter: 60_000,
        breaker: new ConsecutiveBreaker(3),
      });
      const api = client.api<Store>('store', { policy });
      for (let count = 0; count < 3; count++) store.failures.push(new Error(`failure ${count}`));
      for (let count = 0; count < 3; count++) {
        expect((await rejectionOf(api.get('a'), Error)).message).to.equal(`failure ${count}`);
      }
      const { sentMessages } = client.stats;
      for (let count = 0; count < 10; count++) await rejectionOf(api.get('a'), BrokenCircuitError);
      expect(client.stats.sentMessages).to.equal(sentMessages);
      expect(store.gets).to.equal(3);
      // Other views go on.
      expect(await client.api<Store>('store').get('a')).to.equal('value of a');
    }));

  it('X8 sends no more at a time than its bulkhead lets through', () =>
    withStore(async ({ client, store }) => {
      store.isHolding = true;
      const api = client.api<Store>('store', { policy: bulkhead(1, 1) });
      const calls = [api.get('a'), api.get('b')];
      await rejectionOf(api.get('c'), BulkheadRejectedError);
      await until(() => store.gets === 1);
      await turns(10);
      expect(store.gets).to.equal(1);
      store.isHolding = false;
      store.release();
      expect(await Promise.all(calls)).to.deep.equal(['value of a', 'value of b']);
    }));

  it('X8 gives an attempt up that takes too long for it', () =>
    withStore(async ({ client, store }) => {
      store.isHolding = true;
      const policy = timeout(5, TimeoutStrategy.Aggressive);
      const error = await rejectionOf(client.api<Store>('store', { policy }).get('a'), Error);
      expect(error).to.be.instanceOf(TaskCancelledError);
      store.release();
    }));

  it('X8 can be several, one around the other', () =>
    withStore(async ({ client, store }) => {
      const policy = wrap(
        retry(handleAll, { maxAttempts: 3, backoff: new ConstantBackoff(1) }),
        circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(2) }),
      );
      for (let count = 0; count < 5; count++) store.failures.push(new Error('down'));
      await rejectionOf(client.api<Store>('store', { policy }).get('a'), BrokenCircuitError);
      expect(store.gets).to.equal(2);
    }));

  it('X8 of the client holds for views that have none, and a view’s for that view', () =>
    withServer(async ({ server, connect }) => {
      const store = new HeldStore();
      server.expose('store', store, { only: ['get'] });
      const policy = (maxAttempts: number) =>
        retry(handleAll, { maxAttempts, backoff: new ConstantBackoff(1) });
      const client = await connect({ policy: policy(2) });
      for (let count = 0; count < 8; count++) store.failures.push(new Error('down'));
      await rejectionOf(client.api<Store>('store').get('a'), Error);
      expect(store.gets).to.equal(3);
      await rejectionOf(client.api<Store>('store', { policy: policy(4) }).get('a'), Error);
      expect(store.gets).to.equal(8);
    }));

  it('X8 wraps the beginning of a stream, never its items', () =>
    withStore(async ({ client, store }) => {
      const policy = retry(handleAll, { maxAttempts: 5, backoff: new ConstantBackoff(1) });
      let retries = 0;
      policy.onRetry(() => void retries++);
      store.failures.push(new Error('in the middle'));
      const items: number[] = [];
      const reading = (async () => {
        for await (const item of client.api<Store>('store', { policy }).scan()) items.push(item);
      })();
      expect((await rejectionOf(reading, Error)).message).to.equal('in the middle');
      expect(items).to.deep.equal([1, 2, 3]);
      expect(retries).to.equal(0);
    }));

  it('X8 sends a stream in an argument once: repeated, the method would read an empty one', () =>
    withStore(async ({ client, store }) => {
      const policy = retry(handleAll, { maxAttempts: 3, backoff: new ConstantBackoff(1) });
      const api = client.api<Store>('store', { policy });
      async function* numbers(): AsyncGenerator<number> {
        for (const item of [1, 2, 3]) yield await Promise.resolve(item);
      }
      expect(await api.load(numbers())).to.equal(6);
      store.failures.push(new Error('down'));
      await rejectionOf(api.load(numbers()), MisuseError);
      expect(store.loads).to.equal(2);
    }));
});
