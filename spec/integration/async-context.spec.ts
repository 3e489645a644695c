import { AsyncLocalStorage } from 'node:async_hooks';

import { expect } from 'chai';

import {
  callContext,
  type Client,
  type Interceptor,
  type RemoteStream,
  type ServedCall,
  type Server,
  stream,
} from '../../lib/index.ts';
import { until } from '../support/turns.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

interface Service {
  items(): AsyncIterable<string>;
  nested(): Promise<{ rows: RemoteStream<string> }>;
  take(items: AsyncIterable<unknown>): Promise<unknown[]>;
  takeField(holder: { items: AsyncIterable<unknown> }): Promise<unknown[]>;
  takeNested(items: AsyncIterable<AsyncIterable<unknown>>): Promise<unknown[]>;
}

const request = new AsyncLocalStorage<string>();

/** As a tracer would do it. */
const traced: Interceptor<ServedCall> = (_call, next) => request.run(`call of ${tenant()}`, next);

function here(): string {
  return request.getStore() ?? 'nowhere';
}

function tenant(): string {
  return String(callContext().metadata['tenant']);
}

async function* places(): AsyncGenerator<string> {
  yield here();
  await Promise.resolve();
  yield here();
}

describe('the async context of a caller', () => {
  const carriers: [what: string, give: (api: Service) => Promise<unknown[]>][] = [
    ['a generator among the arguments', (api) => api.take(places())],
    ['a factory among the arguments', (api) => api.take(stream(() => places()))],
    ['a stream in a field', (api) => api.takeField({ items: places() })],
    ['a stream in an item of another', (api) => api.takeNested(stream([places()]))],
    ['an iterable', (api) => api.take({ [Symbol.asyncIterator]: () => places() })],
  ];
  for (const [what, give] of carriers) {
    it(`is there in ${what}, also when several calls are sent together`, async () => {
      await withService(async ({ client }) => {
        const api = client.api<Service>('s');
        const call = (caller: string): Promise<unknown[]> => request.run(caller, () => give(api));
        const expected = [
          ['a', 'a'],
          ['b', 'b'],
        ];
        expect(await Promise.all([call('a'), call('b')])).to.deep.equal(expected);
        // Methods that are known to give values are called in another way.
        expect(await Promise.all([call('a'), call('b')])).to.deep.equal(expected);
      });
    });
  }

  it('is there in the streams of a call that waited for its connection', async () => {
    await withService(async ({ start }) => {
      const api = start().api<Service>('s');
      const call = (caller: string): Promise<unknown[]> =>
        request.run(caller, () => api.take(places()));
      expect(await Promise.all([call('a'), call('b')])).to.deep.equal([
        ['a', 'a'],
        ['b', 'b'],
      ]);
    });
  });

  it('is there when the producer ends, and in the listeners of its signal', async () => {
    await withService(async ({ client, server }) => {
      const seen: string[] = [];
      server.expose('first', {
        async first(items: AsyncIterable<unknown>) {
          for await (const item of items) return item;
          return undefined;
        },
      });
      const api = client.api<{ first(items: AsyncIterable<unknown>): Promise<unknown> }>('first');
      const source = async function* (signal?: AbortSignal): AsyncGenerator<string> {
        signal?.addEventListener('abort', () => seen.push(`signal: ${here()}`));
        try {
          for (;;) yield here();
        } finally {
          seen.push(`end: ${here()}`);
        }
      };
      await request.run('a', () => api.first(source()));
      await request.run('b', () => api.first(stream((signal) => source(signal))));
      await until(() => seen.length === 3);
      expect(seen.toSorted()).to.deep.equal(['end: a', 'end: b', 'signal: b']);
    });
  });

  it('of stream() is that of the place where it was called', async () => {
    await withService(async ({ client }) => {
      const made = request.run('where it was made', () => stream(() => places()));
      const taken = await request.run('elsewhere', () => client.api<Service>('s').take(made));
      expect(taken).to.deep.equal(['where it was made', 'where it was made']);
    });
  });
});

describe('the async context of a method', () => {
  it('is there in the streams of its result, with the call of callContext()', async () => {
    await withService(async ({ client }) => {
      for (const of of ['acme', 'other']) {
        const api = client.api<Service>('s', { metadata: { tenant: of } });
        const expected = [`call of ${of}`, of];
        expect(await readAll(api.items())).to.deep.equal(expected);
        expect(await readAll((await api.nested()).rows)).to.deep.equal(expected);
      }
    });
  });

  it('gives a stream that was made before any call the call that it answers', async () => {
    await withServer(memoryPair(), async ({ server, client }) => {
      const made = request.run('start', () =>
        stream(async function* () {
          yield await Promise.resolve(`${here()}, ${tenant()}`);
        }),
      );
      server.expose('s', { items: () => made });
      const api = client.api<Service>('s', { metadata: { tenant: 'acme' } });
      expect(await readAll(api.items())).to.deep.equal(['start, acme']);
    });
  });

  it('is there in a stream that the method passes on to another service', async () => {
    await withService(async ({ client, server }) => {
      const tenants = async function* (): AsyncGenerator<string> {
        yield await Promise.resolve(tenant());
      };
      server.expose('relay', { relay: () => client.api<Service>('s').take(tenants()) });
      const api = client.api<{ relay(): Promise<unknown[]> }>('relay', {
        metadata: { tenant: 'acme' },
      });
      expect(await api.relay()).to.deep.equal(['acme']);
    });
  });

  it('is there in each listener of its signal, as it was where the listener was added', async () => {
    await withService(async ({ client, server }) => {
      const seen: string[] = [];
      let isWaiting = false;
      server.expose('waiter', {
        wait() {
          const { signal } = callContext();
          const listen = (): void =>
            signal.addEventListener('abort', () => seen.push(`${here()}, ${tenant()}`));
          listen();
          request.run('inner', listen);
          isWaiting = true;
          return new Promise(() => {});
        },
      });
      const abort = new AbortController();
      const api = client.api<{ wait(): Promise<void> }>('waiter', {
        signal: abort.signal,
        metadata: { tenant: 'acme' },
      });
      const waiting = api.wait().catch(() => {});
      await until(() => isWaiting);
      abort.abort();
      await waiting;
      await until(() => seen.length === 2);
      expect(seen).to.deep.equal(['call of acme, acme', 'inner, acme']);
    });
  });
});

interface World {
  readonly server: Server;
  readonly client: Client;
  start(): Client;
}

/** Everything of the network happens in a context of its own, as with a client that a request made. */
function withService(run: (world: World) => Promise<void>): Promise<void> {
  const both = { ...memoryPair(), server: { interceptors: [traced] } };
  return request.run('the network', () =>
    withServer(both, async (world) => {
      world.server.expose('s', service);
      await run(world);
    }),
  );
}

const service = {
  async *items(): AsyncGenerator<string> {
    yield here();
    await Promise.resolve();
    yield tenant();
  },
  nested: async () => {
    await Promise.resolve();
    return { rows: service.items() };
  },
  take: readAll,
  takeField: ({ items }: { items: AsyncIterable<unknown> }) => readAll(items),
  async takeNested(outer: AsyncIterable<AsyncIterable<unknown>>) {
    const taken: unknown[] = [];
    for await (const items of outer) taken.push(...(await readAll(items)));
    return taken;
  },
};

async function readAll(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const read: unknown[] = [];
  for await (const item of items) read.push(item);
  return read;
}
