import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import {
  callContext,
  type Interceptor,
  isRpcError,
  type Metadata,
  type ServedCall,
  StatusError,
  stream,
  UnknownVerbError,
} from '../../lib/index.ts';
import { MisuseError } from '../../lib/errors/errors.ts';
import type { StreamEvent } from '../../lib/diagnostics.ts';
import { encodeMetadata } from '../../lib/document/metadata-document.ts';
import { createTestPair, settle } from '../../lib/testing.ts';
import { encodeLaneFrame } from '../../lib/wire/lane-frame.ts';
import { gather } from '../support/blobs.ts';
import {
  outOfStock,
  type ServiceApi,
  TestService,
  withTestService,
} from '../support/kitex-service.ts';
import { gatherToError } from '../support/numbers.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { TamperedTransport } from '../support/tampered-transport.ts';
import { until } from '../support/turns.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

function expectOutOfStock(error: unknown): void {
  expect(error).to.be.instanceOf(StatusError);
  expect(error).to.deep.include({
    status: 'failed-precondition',
    message: 'out of stock',
    code: 12_001,
    details: { sku: 'a-7', left: 0 },
  });
  expect(isRpcError(error)).to.equal(false);
}

describe('Kitex: modes', () => {
  it('X1 Kitex: four modes in one service, beside a plain call', () =>
    withTestService(async (api) => {
      expect(await api.echoPingPong('ping')).to.equal('ping');
      expect(await gather(api.echoServer('item'))).to.deep.equal(['item 0', 'item 1', 'item 2']);
      expect(await api.echoClient(stream(['a', 'b', 'c']))).to.equal('a b c');
      const said = await gather(api.echo(stream(['x', 'y'])));
      expect(said).to.deep.equal(['x', 'y', 'all was said']);
    }));

  it('X1 Kitex: the modes run at once over one client', () =>
    withTestService(async (api) => {
      const [pong, served, joined, said] = await Promise.all([
        api.echoPingPong('ping'),
        gather(api.echoServer('item')),
        api.echoClient(stream(['a', 'b'])),
        gather(api.echo(stream(['x']))),
      ]);
      expect([pong, served.length, joined, said.length]).to.deep.equal(['ping', 3, 'a b', 2]);
    }));

  it('X1 Kitex: to iterate over what is no stream is told as just that', () =>
    withTestService(async (api) => {
      const items = api.echoPingPong('ping') as unknown as AsyncIterable<unknown>;
      const { error } = await gatherToError(items);
      expect(error).to.be.instanceOf(MisuseError);
      expect((error as Error).message).to.equal(
        'the result of test/echoPingPong is no stream: await the call instead',
      );
    }));

  it('X1 Kitex: what is no stream where one belongs, or can’t be sent at all, fails the call alone', () =>
    withTestService(async (api) => {
      const wrong = 5 as unknown as AsyncIterable<string>;
      await rejectionOf(api.echoClient(wrong), TypeError);
      const unfit = (() => 'text') as unknown as AsyncIterable<string>;
      expect(await rejectionOf(api.echoClient(unfit))).to.include({ code: 'ERR_SERIALIZATION' });
      const missing = api as unknown as { missing(): Promise<void> };
      await rejectionOf(missing.missing(), UnknownVerbError);
      expect(await api.echoPingPong('still there')).to.equal('still there');
    }));
});

describe('Kitex: ends', () => {
  it('X2 Kitex: the handler’s return ends the stream', () =>
    withTestService(async (api) => {
      const items = await api.echoServer('item');
      for (const text of ['item 0', 'item 1', 'item 2']) {
        expect(await items.read()).to.deep.equal({ done: false, value: text });
      }
      expect(await items.read()).to.deep.equal({ done: true, value: undefined });
      await items.ended;
    }));

  it('X2 Kitex: a business error arrives with status and details, and is none of the transport', () =>
    withTestService(async (api) => {
      expectOutOfStock(await rejectionOf(api.fail(), StatusError));
      expect(await api.echoPingPong('none the worse')).to.equal('none the worse');
    }));

  it('X2 Kitex: so it does behind the items of a stream', () =>
    withTestService(async (api) => {
      const { items, error } = await gatherToError(api.failAfter(2));
      expect(items).to.deep.equal([0, 1]);
      expectOutOfStock(error);
    }));

  it('X2 Kitex: so it does where the client streams, whose producer fails', () =>
    withTestService(async (api, { numbers }) => {
      async function* messages(): AsyncGenerator<string> {
        for await (const number of numbers.failingAfter(2, outOfStock())) yield String(number);
      }
      // The method does not catch it.
      expectOutOfStock(await rejectionOf(api.echoClient(messages()), StatusError));
    }));

  it('X3 Kitex: CloseSend closes one direction, and the other goes on', () =>
    withTestService(async (api, service) => {
      const closed = new Deferred();
      async function* messages(): AsyncGenerator<string> {
        yield 'hello';
        await closed.promise;
      }
      const said = await api.echo(messages());
      expect((await said.read()).value).to.equal('hello');
      expect(service.echoesEnded).to.equal(0);
      closed.resolve();
      expect((await said.read()).value).to.equal('all was said');
      expect((await said.read()).done).to.equal(true);
    }));

  it('X4 Kitex: an error ends the stream, once and for all who ask', () =>
    withTestService(async (api) => {
      const items = await api.failAfter(1);
      expect((await items.read()).value).to.equal(0);
      const ended: unknown[] = [];
      items.ended.then(
        () => ended.push('end'),
        (error: unknown) => ended.push(error),
      );
      const error = await rejectionOf(items.read(), StatusError);
      expect(await rejectionOf(items.read(), StatusError)).to.equal(error);
      items.cancel();
      expect(await rejectionOf(items.ended, StatusError)).to.equal(error);
      expect(ended).to.deep.equal([error]);
    }));

  it('X4 Kitex: FinishStream: a reader ends it early, with a reason', () =>
    withTestService(async (api, { numbers }) => {
      const items = await api.endless();
      await items.read();
      const why = new Error('seen enough');
      items.cancel(why);
      const error = await rejectionOf(items.ended);
      expect((error.cause as Error).cause).to.equal(why);
      items.cancel(new Error('again'));
      await until(() => numbers.ended === 1);
    }));
});

describe('Kitex: events', () => {
  for (const [how, read] of [
    ['to its end', async (api: ServiceApi) => void (await gather(api.echoServer('item')))],
    ['to an error', async (api: ServiceApi) => void (await gatherToError(api.failAfter(1)))],
    [
      'and is left',
      async (api: ServiceApi) => {
        for await (const _item of api.endless()) break;
      },
    ],
  ] as const) {
    it(`X4, X11 Kitex: of a stream that is read ${how}, start and finish are told once at each end`, async () => {
      await using pair = await createTestPair();
      pair.server.expose('test', new TestService());
      const events: string[] = [];
      const listeners = ['start', 'finish'].map((name) => {
        const listener = (event: unknown): void =>
          void events.push(`${name} of the ${(event as StreamEvent).side}`);
        subscribe(`sluice:stream:${name}`, listener);
        return () => unsubscribe(`sluice:stream:${name}`, listener);
      });
      try {
        await read(pair.client.api<TestService>('test'));
        await settle(pair.clock);
      } finally {
        for (const stop of listeners) stop();
      }
      expect(events).to.have.members([
        'start of the consumer',
        'start of the producer',
        'finish of the consumer',
        'finish of the producer',
      ]);
    });
  }
});

describe('Kitex: headers and trailers', () => {
  async function* told(): AsyncGenerator<number> {
    const context = callContext();
    context.setHeader('Region', 'eu');
    context.setHeader('node', '7');
    context.setHeader('region', 'us');
    yield 1;
    context.setTrailer('Rows', '1');
    await Promise.resolve();
    context.setTrailer('took', '2 ms');
    context.setTrailer('rows', '2');
  }

  it('X5 Kitex: headers come ahead of the first item, merged; trailers when the stream has ended', () =>
    withServer(async ({ server, client }) => {
      server.expose('service', { told });
      const items = await client.api<{ told: typeof told }>('service').told();
      const trailers = follow(items.trailers);
      const reading = items.read();
      expect(await items.headers).to.deep.equal({ region: 'us', node: '7' });
      expect((await reading).value).to.equal(1);
      expect(trailers.outcome).to.equal(undefined);
      expect((await items.read()).done).to.equal(true);
      expect(await items.trailers).to.deep.equal({ rows: '2', took: '2 ms' });
    }));

  it('X5 Kitex: the call’s options are told of both, also where the call is iterated as it is', () =>
    withServer(async ({ server, client }) => {
      server.expose('service', { told });
      const seen: [string, Metadata][] = [];
      const api = client.api<{ told: typeof told }>('service', {
        onHeaders: (headers) => void seen.push(['headers', { ...headers }]),
        onTrailers: (trailers) => void seen.push(['trailers', { ...trailers }]),
      });
      expect(await gather(api.told())).to.deep.equal([1]);
      await until(() => seen.length === 2);
      expect(seen).to.deep.equal([
        ['headers', { region: 'us', node: '7' }],
        ['trailers', { rows: '2', took: '2 ms' }],
      ]);
    }));

  it('X5 Kitex: headers are sent once: behind the first item none can be added', () =>
    withServer(async ({ server, client }) => {
      async function* late(): AsyncGenerator<string> {
        yield 'first';
        try {
          await Promise.resolve();
          callContext().setHeader('too', 'late');
        } catch (error) {
          yield (error as Error).message;
        }
      }
      server.expose('service', { late });
      const items = await gather(client.api<{ late: typeof late }>('service').late());
      expect(items).to.deep.equal(['first', 'the headers were sent']);
    }));

  it('X5 Kitex: a stream without items has headers and trailers, one that fails no trailers', () =>
    withServer(async ({ server, client }) => {
      const service = {
        // eslint-disable-next-line require-yield
        async *empty(): AsyncGenerator<number> {
          callContext().setHeader('h', '1');
          callContext().setTrailer('t', '2');
          await Promise.resolve();
        },
        async *failing(): AsyncGenerator<number> {
          callContext().setHeader('h', '1');
          callContext().setTrailer('t', '2');
          yield await Promise.resolve(1);
          throw new RangeError('no');
        },
      };
      server.expose('service', service);
      const api = client.api<typeof service>('service');
      const empty = await api.empty();
      expect((await empty.read()).done).to.equal(true);
      expect([await empty.headers, await empty.trailers]).to.deep.equal([{ h: '1' }, { t: '2' }]);
      const failing = await api.failing();
      await failing.read();
      expect(await failing.headers).to.deep.equal({ h: '1' });
      await rejectionOf(failing.read(), RangeError);
      await rejectionOf(failing.trailers, RangeError);
    }));

  it('X5 Kitex: a second frame of headers is an error of the stream', async () => {
    const headers = encodeLaneFrame({
      type: 'headers',
      document: encodeMetadata({ node: '7' }) ?? Buffer.alloc(0),
    });
    const memory = memoryPair();
    const network = new TamperedTransport(
      memory.both.network,
      ({ connection, isToServer, bytes }) => {
        const at = connection === 0 || isToServer ? -1 : bytes.indexOf(headers);
        return at < 0 ? bytes : Buffer.concat([bytes.subarray(0, at), headers, bytes.subarray(at)]);
      },
    );
    await withServer({ ...memory, client: { network } }, async ({ server, client }) => {
      async function* items(): AsyncGenerator<number> {
        callContext().setHeader('node', '7');
        yield await Promise.resolve(1);
      }
      server.expose('service', { items });
      const reading = gatherToError(client.api<{ items: typeof items }>('service').items());
      const { items: read, error } = await reading;
      expect(read).to.deep.equal([]);
      expect(error).to.satisfy(isRpcError);
      const cause = (error as Error).cause ?? error;
      expect(cause).to.include({ code: 'ERR_PROTOCOL', scope: 'stream' });
      expect((cause as Error).message).to.match(/headers/);
      expect(client.state).to.equal('connected');
    });
  });
});

describe('Kitex: middleware', () => {
  it('X7 Kitex: a client’s wraps the creation of a stream, and is done when its items come', async () => {
    const events: string[] = [];
    const middleware: Interceptor = async ({ method, args }, next) => {
      events.push(`> ${method} ${args.length}`);
      const result = await next();
      events.push(`< ${result !== null && typeof result === 'object' ? 'stream' : 'value'}`);
      return result;
    };
    await withServer({ client: { interceptors: [middleware] } }, async ({ server, client }) => {
      server.expose('test', new TestService());
      const api = client.api<TestService>('test');
      for await (const item of api.echoServer('item')) events.push(item);
      await api.echoPingPong('ping');
      expect(events).to.deep.equal([
        '> echoServer 1',
        '< stream',
        'item 0',
        'item 1',
        'item 2',
        '> echoPingPong 1',
        '< value',
      ]);
    });
  });

  for (const side of ['client', 'server'] as const) {
    it(`X7 Kitex: one of the ${side} may put another stream in the place of the handler’s`, async () => {
      const decorate: Interceptor = async (_call, next) => {
        const items = (await next()) as AsyncIterable<string>;
        return (async function* () {
          for await (const item of items) yield `(${item})`;
        })();
      };
      await withServer({ [side]: { interceptors: [decorate] } }, async ({ server, client }) => {
        const service = new TestService();
        server.expose('test', service);
        const api = client.api<TestService>('test');
        expect(await gather(api.echoServer('a'))).to.deep.equal(['(a 0)', '(a 1)', '(a 2)']);
        for await (const item of api.echoServer('b')) if (item === '(b 0)') break;
        await until(() => service.numbers.ended === 2);
      });
    });
  }

  it('X7 Kitex: a server’s wraps the handler, which finds what it has shared', () =>
    withServer(
      {
        server: {
          interceptors: [
            async ({ shared, context }: ServedCall, next) => {
              shared.set('tenant', `tenant of ${context.method}`);
              const result = await next();
              context.setHeader('set-by-handler', String(shared.get('answer')));
              return result;
            },
          ],
        },
      },
      async ({ server, client }) => {
        const service = {
          method: () => {
            const { shared } = callContext();
            shared.set('answer', '42');
            return shared.get('tenant');
          },
        };
        server.expose('service', service);
        let headers: Metadata | undefined;
        const api = client.api<typeof service>('service', {
          onHeaders: (got) => (headers = { ...got }),
        });
        expect(await api.method()).to.equal('tenant of method');
        expect(headers).to.deep.equal({ 'set-by-handler': '42' });
      },
    ));

  it('X7 Kitex: one that fails fails the creation, and its error is told', async () => {
    const refuse: Interceptor = () => {
      throw new StatusError('permission-denied', 'not you');
    };
    await withServer({ server: { interceptors: [refuse] } }, async ({ server, client }) => {
      const service = new TestService();
      server.expose('test', service);
      const api = client.api<TestService>('test');
      const { error } = await gatherToError(api.endless());
      expect(error).to.be.instanceOf(StatusError).and.include({ status: 'permission-denied' });
      expect(service.numbers.made).to.equal(0);
    });
  });

  it('X7 Kitex: items pass through those of both sides, which share with the call’s', () =>
    withServer(async ({ server, client }) => {
      const seen: string[] = [];
      const hooks = (side: string) => ({
        interceptors: [
          (call: ServedCall | Parameters<Interceptor>[0], next: () => Promise<unknown>) => {
            call.shared.set('side', side);
            return next();
          },
        ],
        onSend: (item: unknown, { shared, method }: Parameters<Interceptor>[0]) => {
          seen.push(`${String(shared.get('side'))} sends ${String(item)} of ${method}`);
          return `${String(item)}>`;
        },
        onReceive: (item: unknown, { shared, method }: Parameters<Interceptor>[0]) => {
          seen.push(`${String(shared.get('side'))} receives ${String(item)} of ${method}`);
          return `>${String(item)}`;
        },
      });
      server.expose('test', new TestService(), hooks('server'));
      const api = client.api<TestService>('test', hooks('client'));
      expect(await api.echoClient(stream(['a']))).to.equal('>a>');
      expect(await gather(api.echoServer('b'))).to.deep.equal(['>b 0>', '>b 1>', '>b 2>']);
      expect(seen.slice(0, 2)).to.deep.equal([
        'client sends a of echoClient',
        'server receives a> of echoClient',
      ]);
      expect(seen).to.include('server sends b 0 of echoServer');
      expect(seen).to.include('client receives b 0> of echoServer');
      expect(seen).to.have.length(8);
    }));
});
