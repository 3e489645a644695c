import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';

import {
  type ApiOptions,
  callContext,
  CanceledError,
  type Client,
  type Interceptor,
  type Metadata,
  type Server,
  TimeoutError,
  UnknownVerbError,
} from '../../../lib/index.ts';
import { Deferred } from '../../../lib/base/deferred.ts';
import { MisuseError } from '../../../lib/errors/errors.ts';
import { CollectedLog } from '../../support/collected-log.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';
import { memoryPair, withServer } from '../../support/with-server.ts';

interface Service {
  add(a: number, b: number): number;
  metadata(): Record<string, string>;
  rows(): AsyncIterable<number>;
  missing(): void;
}

function expose(server: Server): void {
  server.expose('service', {
    add: (a: number, b: number) => a + b,
    metadata: () => ({ ...callContext().metadata }),
    async *rows() {
      yield 1;
      yield 2;
    },
  });
}

function view(client: Client, options: ApiOptions): ReturnType<typeof client.api<Service>> {
  return client.api<Service>('service', options);
}

async function itemsOf(stream: AsyncIterable<number>): Promise<number[]> {
  const items: number[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** A callback that fails, in both ways. */
const FAILING: readonly (readonly [how: string, fail: () => never])[] = [
  [
    'throws',
    () => {
      throw new RangeError('no such text');
    },
  ],
  ['rejects', () => Promise.reject(new RangeError('no such text')) as never],
];

describe('service/wrapped-call', () => {
  it('K11 asks a provider for the metadata of each call, at once or later', () =>
    withServer(async ({ server, client }) => {
      expose(server);
      let count = 0;
      const sync = view(client, { metadata: () => ({ 'Request-Id': String(++count) }) });
      expect(await sync.metadata()).to.deep.equal({ 'request-id': '1' });
      expect(await sync.metadata()).to.deep.equal({ 'request-id': '2' });
      const map = new Map([['Tenant', 'a']]);
      expect(await view(client, { metadata: () => map }).metadata()).to.include({ tenant: 'a' });
      const text = view(client, { metadata: () => 'tenant=a' as never });
      expect((await rejectionOf(text.metadata())).code).to.equal('ERR_MISUSE');
      const later = view(client, { metadata: async () => ({ token: 'a' }) });
      expect(await later.metadata()).to.deep.equal({ token: 'a' });
      const none = view(client, { metadata: () => undefined });
      expect(await none.metadata()).to.deep.equal({});
    }));

  for (const [how, provide] of [
    [
      'throws',
      () => {
        throw new RangeError('no token');
      },
    ],
    ['rejects', () => Promise.reject(new RangeError('no token'))],
  ] as const) {
    it(`K11 fails a call whose provider ${how}, and sends nothing`, () =>
      withServer(async ({ server, client }) => {
        expose(server);
        const before = client.stats.sentMessages;
        const error = await rejectionOf(view(client, { metadata: provide }).add(1, 2), RangeError);
        expect(error.message).to.equal('no token');
        expect(client.stats.sentMessages).to.equal(before);
      }));
  }

  it('K11 fails a call whose provider gives what is no metadata, and sends nothing', () =>
    withServer(async ({ server, client }) => {
      expose(server);
      const before = client.stats.sentMessages;
      const metadata = (): Metadata => ({ a: 5 }) as unknown as Metadata;
      await rejectionOf(view(client, { metadata }).add(1, 2), MisuseError);
      expect(client.stats.sentMessages).to.equal(before);
    }));

  it('K11 does not ask the provider when the signal has fired before', () =>
    withServer(async ({ server, client }) => {
      expose(server);
      let wasAsked = false;
      const metadata = (): undefined => void (wasAsked = true);
      const api = view(client, { metadata, signal: AbortSignal.abort() });
      await rejectionOf(api.add(1, 2), CanceledError);
      expect(wasAsked).to.equal(false);
    }));

  it('K11 counts the time of the provider, and sends nothing when it is over', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      expose(server);
      let provide = (_metadata: Metadata): void => {};
      const metadata = (): Promise<Metadata> => new Promise((resolve) => (provide = resolve));
      const timedOut = rejectionOf(
        view(client, { metadata, timeoutMs: 50 }).add(1, 2),
        TimeoutError,
      );
      const before = client.stats.sentMessages;
      memory.clock.advance(50);
      await timedOut;
      provide({});
      await turns(2);
      expect(client.stats.sentMessages).to.equal(before);
    });
  });

  it('K11 tells the server what time is left, not what there was', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      server.expose('service', { left: () => callContext().remainingMs });
      const slow: Interceptor = (_call, next) => {
        memory.clock.advance(20);
        return next();
      };
      const api = client.api<{ left(): number }>('service', {
        interceptors: [slow],
        timeoutMs: 50,
      });
      expect(await api.left()).to.equal(30);
    });
  });

  it('asks the provider in the async context of the call', () =>
    withServer(async ({ server, client }) => {
      expose(server);
      const users = new AsyncLocalStorage<string>();
      const api = view(client, { metadata: () => ({ user: users.getStore() ?? 'nobody' }) });
      const [a, b] = await Promise.all([
        users.run('ada', () => api.metadata()),
        users.run('bob', () => api.metadata()),
      ]);
      expect([a, b]).to.deep.equal([{ user: 'ada' }, { user: 'bob' }]);
    }));

  it('N6 runs interceptors around a call, those of the client outermost', async () => {
    const events: string[] = [];
    const around =
      (name: string): Interceptor =>
      async (call, next) => {
        events.push(`${name} ${call.service}/${call.method} ${JSON.stringify(call.args)}`);
        return Number(await next()) + 1;
      };
    await withServer(
      { client: { interceptors: [around('client')] } },
      async ({ server, client }) => {
        expose(server);
        expect(await view(client, { interceptors: [around('view')] }).add(1, 2)).to.equal(5);
      },
    );
    expect(events).to.deep.equal(['client service/add [1,2]', 'view service/add [1,2]']);
  });

  it('K6 lets interceptors replace arguments and result', () =>
    withServer(async ({ server, client }) => {
      expose(server);
      const double: Interceptor = async (call, next) => {
        call.args = call.args.map((arg) => Number(arg) * 2);
        return `${String(await next())} in all`;
      };
      expect(await view(client, { interceptors: [double] }).add(1, 2)).to.equal('6 in all');
    }));

  it('X7 covers the making of a stream, which an interceptor may replace', () =>
    withServer(async ({ server, client }) => {
      expose(server);
      let wraps = 0;
      const tenfold: Interceptor = async (_call, next) => {
        wraps++;
        const items = (await next()) as AsyncIterable<number>;
        return (async function* () {
          for await (const item of items) yield item * 10;
        })();
      };
      const api = view(client, { interceptors: [tenfold] });
      expect(await itemsOf(api.rows())).to.deep.equal([10, 20]);
      expect(await itemsOf(await api.rows())).to.deep.equal([10, 20]);
      expect(wraps).to.equal(2);
    }));

  it('lets an interceptor add metadata, and see what else goes along', () =>
    withServer(async ({ server, client }) => {
      expose(server);
      const sign: Interceptor = (call, next) => {
        call.metadata['Signature'] = `${Object.keys(call.metadata).join()} signed`;
        return next();
      };
      const api = view(client, { interceptors: [sign], metadata: { Tenant: 'a' } });
      expect(await api.metadata()).to.deep.equal({ tenant: 'a', signature: 'tenant signed' });
    }));

  it('X7 shares a map between interceptors: its own for each call, or the one of the options', () =>
    withServer(async ({ server, client }) => {
      expose(server);
      const count: Interceptor = (call, next) => {
        call.shared.set('calls', Number(call.shared.get('calls') ?? 0) + 1);
        return next();
      };
      const counts: unknown[] = [];
      const look: Interceptor = (call, next) => {
        counts.push(call.shared.get('calls'));
        return next();
      };
      const interceptors = [count, look];
      const own = view(client, { interceptors });
      await own.add(1, 2);
      await own.add(1, 2);
      const shared = new Map<unknown, unknown>();
      const common = view(client, { interceptors, shared });
      await common.add(1, 2);
      await common.add(1, 2);
      expect(counts).to.deep.equal([1, 1, 1, 2]);
      expect(shared.get('calls')).to.equal(2);
    }));

  it('tells of headers and trailers only when the call succeeds', () =>
    withServer(async ({ server, client }) => {
      expose(server);
      const told: string[] = [];
      const api = view(client, {
        onHeaders: () => told.push('headers'),
        onTrailers: () => told.push('trailers'),
      });
      await rejectionOf(api.missing(), UnknownVerbError);
      expect(told).to.deep.equal([]);
      expect(await api.add(1, 2)).to.equal(3);
      expect(told).to.deep.equal(['headers', 'trailers']);
    }));

  it('fails a call whose caller fails over its headers', () =>
    withServer(async ({ server, client }) => {
      expose(server);
      const onHeaders = (): never => {
        throw new RangeError('no such header');
      };
      await rejectionOf(view(client, { onHeaders }).add(1, 2), RangeError);
    }));

  for (const [how, fail] of FAILING) {
    it(`fails a call whose caller ${how} over its headers or trailers`, () =>
      withServer(async ({ server, client }) => {
        expose(server);
        await rejectionOf(view(client, { onHeaders: fail }).add(1, 2), RangeError);
        await rejectionOf(view(client, { onTrailers: fail }).add(1, 2), RangeError);
      }));

    it(`ends a stream whose caller ${how} over its headers, and stops its producer`, () =>
      withServer(async ({ server, client }) => {
        const stopped = new Deferred();
        server.expose('service', {
          async *rows() {
            try {
              for (let row = 0; ; row++) {
                yield row;
                await turns(1);
              }
            } finally {
              stopped.resolve();
            }
          },
        });
        const rows = await view(client, { onHeaders: fail }).rows();
        const error = await rejectionOf(itemsOf(rows), RangeError);
        expect(await rejectionOf(rows.ended, RangeError)).to.equal(error);
        await stopped.promise;
      }));

    it(`E1-log tells of a caller that ${how} over the trailers of a stream, which is over`, async () => {
      const logger = new CollectedLog();
      await withServer({ client: { logger } }, async ({ server, client }) => {
        expose(server);
        const rows = await view(client, { onTrailers: fail }).rows();
        expect(await itemsOf(rows)).to.deep.equal([1, 2]);
        expect(await logger.line(/onTrailers/)).to.match(
          /^error server 127\.0\.0\.1:\d+: onTrailers of service\/rows has failed: no such text$/,
        );
      });
    });
  }
});
