import { expect } from 'chai';
import { Readable } from 'node:stream';
import { z } from 'zod';

import { Deferred } from '../../lib/base/deferred.ts';
import { type Interceptor, OptionError, stream, ValidationError } from '../../lib/index.ts';
import { rejectionOf } from '../support/rejection.ts';
import { until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

interface Row {
  id: number;
  name?: string;
}

const row = z.object({ id: z.number() });
const key = z.string().trim().min(1);

/** A store that gives what it is told to give, whatever its types say. */
class Store {
  readonly calls: unknown[][] = [];
  readonly closed: Deferred = new Deferred();
  readonly #rows: unknown[];

  constructor(rows: unknown[] = []) {
    this.#rows = rows;
  }

  get(...args: [name: string, limit?: number]): unknown {
    this.calls.push(args);
    return this.#rows[0];
  }

  async *scan(): AsyncGenerator<Row, void, undefined> {
    try {
      for (const item of this.#rows) yield item as Row;
    } finally {
      this.closed.resolve();
    }
  }

  readonly admin = {
    rename: (name: string): string => `renamed to ${name}`,
  };
}

/** What a validation error says when it comes from the other side. */
interface Refusal extends Error {
  readonly code: string;
  readonly issues: { readonly path: readonly unknown[] }[];
}

async function refusalOf(call: PromiseLike<unknown>): Promise<Refusal> {
  return (await rejectionOf(call, Error)) as Refusal;
}

/** What comes before a stream fails, and how it does. */
async function readToFailure(items: AsyncIterable<unknown>): Promise<[unknown[], Refusal]> {
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const item of items) seen.push(item);
  })();
  return [seen, await refusalOf(reading)];
}

describe('validated methods', () => {
  describe('of a server', () => {
    it('K9 let go of the streams of a result that does not fit', async () => {
      await withServer(async ({ server, client }) => {
        const rows = new Readable({ objectMode: true, read() {} });
        const store = { page: () => ({ rows, total: 'many' }) };
        const result = z.object({ rows: z.unknown(), total: z.number() });
        server.expose('store', store, { methods: { page: { result } } });
        await refusalOf(client.api<typeof store>('store').page());
        await until(() => rows.closed);
      });
    });

    it('refuse arguments that do not fit, and do not run', async () => {
      await withServer(async ({ server, client }) => {
        const store = new Store();
        server.expose('store', store, { methods: { get: { args: [key, z.number().optional()] } } });
        const error = await refusalOf(
          client.api<Store>('store').get(' ', 'x' as unknown as number),
        );
        expect(error.name).to.equal('ValidationError');
        expect(error.code).to.equal('ERR_VALIDATION');
        expect(error.message).to.match(/^store\/get: args\[0\]: .* \(and 1 more\)$/);
        expect(error.issues.map(({ path }) => path)).to.deep.equal([
          ['args', 0],
          ['args', 1],
        ]);
        expect(store.calls).to.deep.equal([]);
      });
    });

    it('run with what the schemas make of their arguments', async () => {
      await withServer(async ({ server, client }) => {
        const store = new Store();
        const args = [key, z.number().default(10)];
        server.expose('store', store, { methods: { get: { args } } });
        await client.api<Store>('store').get(' a ');
        expect(store.calls).to.deep.equal([['a', 10]]);
      });
    });

    it('give what the schema makes of their result, and nothing that does not fit', async () => {
      await withServer(async ({ server, client }) => {
        const methods = { get: { result: row } };
        server.expose('right', new Store([{ id: 1, secret: 'x' }]), { methods });
        server.expose('wrong', new Store([{ id: 'x', secret: 'x' }]), { methods });
        expect(await client.api<Store>('right').get('a')).to.deep.equal({ id: 1 });
        const error = await refusalOf(client.api<Store>('wrong').get('a'));
        expect(error.message).to.match(/^wrong\/get: result\.id: /);
      });
    });

    it('K6 end their stream with the error of an item, behind the items before it, and close', async () => {
      await withServer(async ({ server, client }) => {
        const store = new Store([{ id: 1, name: 'a' }, { id: 2 }, { id: 'x' }, { id: 4 }]);
        server.expose('store', store, { methods: { scan: { items: row } } });
        const [seen, error] = await readToFailure(client.api<Store>('store').scan());
        expect(seen).to.deep.equal([{ id: 1 }, { id: 2 }]);
        expect(error.code).to.equal('ERR_VALIDATION');
        expect(error.message).to.match(/^store\/scan: item\.id: /);
        expect(error.issues.map(({ path }) => path)).to.deep.equal([['item', 'id']]);
        await store.closed.promise;
      });
    });

    it('K6 wait for an async schema of items', async () => {
      await withServer(async ({ server, client }) => {
        const items = row.refine(async ({ id }) => id < 2, 'too many');
        const store = new Store([{ id: 1 }, { id: 2 }]);
        server.expose('store', store, { methods: { scan: { items } } });
        const [seen, error] = await readToFailure(client.api<Store>('store').scan());
        expect(seen).to.deep.equal([{ id: 1 }]);
        expect(error.message).to.equal('store/scan: item: too many');
        await store.closed.promise;
      });
    });

    it('tell a prepared stream that an item was refused', async () => {
      await withServer(async ({ server, client }) => {
        const rows = stream<unknown>([{ id: 1 }, { id: 'x' }]);
        const methods = { rows: { items: row } };
        server.expose('store', { rows: () => rows }, { methods });
        const api = client.api<{ rows(): AsyncIterable<Row> }>('store');
        const [seen] = await readToFailure(await api.rows());
        expect(seen).to.deep.equal([{ id: 1 }]);
        await rejectionOf(rows.whenSent, ValidationError);
        expect(rows.sentItems).to.equal(1);
      });
    });

    it('let go of a stream where another result was declared, and miss one where it was', async () => {
      await withServer(async ({ server, client }) => {
        const readable = Readable.from(['a']);
        server.expose(
          'store',
          { value: () => readable, rows: () => 'no rows' },
          { methods: { value: { result: z.string() }, rows: { items: row } } },
        );
        const api = client.api<{ value(): string; rows(): AsyncIterable<Row> }>('store');
        expect((await refusalOf(api.value())).message).to.match(/^store\/value: result: /);
        expect(readable.destroyed).to.equal(true);
        expect((await refusalOf(api.rows())).message).to.contain('the result is no stream');
      });
    });

    it('are found by their paths', async () => {
      await withServer(async ({ server, client }) => {
        const { admin } = new Store();
        server.expose('store', { admin }, { methods: { 'admin.rename': { args: [key] } } });
        const api = client.api<Store>('store');
        expect(await api.admin.rename(' b ')).to.equal('renamed to b');
        expect((await refusalOf(api.admin.rename(''))).message).to.match(/^store\/admin\.rename: /);
      });
    });

    it('are checked outside of interceptors', async () => {
      await withServer(async ({ server, client }) => {
        const seen: unknown[] = [];
        const interceptor: Interceptor = async (call, next) => {
          seen.push(...call.args);
          return { ...((await next()) as Row), extra: true };
        };
        const methods = { get: { args: [key], result: row } };
        server.expose('store', new Store([{ id: 1 }]), { methods, interceptors: [interceptor] });
        const api = client.api<Store>('store');
        expect(await api.get(' a ')).to.deep.equal({ id: 1 });
        await refusalOf(api.get(' '));
        expect(seen).to.deep.equal(['a']);
      });
    });

    it('are refused where there is no such method, or no such schema', async () => {
      await withServer(({ server }) => {
        const schema = { parse: () => 1 } as unknown as typeof row;
        for (const methods of [{ gte: { result: row } }, { scan: { items: schema } }]) {
          expect(() => server.expose('store', new Store(), { methods })).to.throw(OptionError);
        }
        server.expose('store', new Store());
      });
    });
  });

  describe('of a client', () => {
    it('send no arguments that do not fit, and blame their caller', async () => {
      await withServer(async ({ server, client }) => {
        const store = new Store();
        server.expose('store', store);
        const api = client.api<Store>('store', { schemas: { get: { args: [key] } } });
        const error = await rejectionOf(api.get(' '), ValidationError);
        expect(error.initiator).to.equal('local');
        await api.get(' a ');
        expect(store.calls).to.deep.equal([['a']]);
      });
    });

    it('pass on no result that does not fit, and blame the service', async () => {
      await withServer(async ({ server, client }) => {
        server.expose('store', new Store([{ id: 'x' }]));
        const api = client.api<Store>('store', { schemas: { get: { result: row } } });
        const error = await rejectionOf(api.get('a'), ValidationError);
        expect(error.initiator).to.equal('remote');
        expect(error.message).to.match(/^store\/get: result\.id: /);
      });
    });

    for (const [label, way] of Object.entries({
      'at once': (api: { scan(): AsyncIterable<unknown> }) => api.scan(),
      awaited: async (api: { scan(): PromiseLike<AsyncIterable<unknown>> }) => api.scan(),
    })) {
      it(`K6 end a stream that is iterated ${label} with the error of an item, and its producer`, async () => {
        await withServer(async ({ server, client }) => {
          const store = new Store([{ id: 1, name: 'a' }, { id: 'x' }, { id: 3 }]);
          server.expose('store', store);
          const api = client.api<Store>('store', { schemas: { scan: { items: row } } });
          const [seen, error] = await readToFailure(await way(api));
          expect(seen).to.deep.equal([{ id: 1 }]);
          expect(error).to.be.instanceOf(ValidationError);
          expect((error as unknown as ValidationError).initiator).to.equal('remote');
          await store.closed.promise;
        });
      });
    }

    it('take no stream where another result was declared', async () => {
      await withServer(async ({ server, client }) => {
        server.expose('store', new Store([{ id: 1 }]));
        const api = client.api<Store>('store', { schemas: { scan: { result: row } } });
        await rejectionOf(api.scan(), ValidationError);
      });
    });

    it('make their arguments into others once, however often an interceptor repeats the call', async () => {
      await withServer(async ({ server, client }) => {
        const store = new Store();
        server.expose('store', store);
        const twice: Interceptor = async (_call, next) => {
          await next();
          return next();
        };
        const args = [z.string().transform((name) => `${name}!`)];
        const options = { schemas: { get: { args } }, interceptors: [twice] };
        await client.api<Store>('store', options).get('a');
        expect(store.calls).to.deep.equal([['a!'], ['a!']]);
      });
    });

    it('refuse what is no schema when the view is made', async () => {
      await withServer(({ client }) => {
        const schemas = { get: { result: 'string' as unknown as typeof row } };
        expect(() => client.api<Store>('store', { schemas })).to.throw(OptionError, 'schemas');
      });
    });
  });
});
