import { expect } from 'chai';

import { Handlers } from '../../../lib/call/server/handlers.ts';
import {
  callContext,
  type ExposeOptions,
  type Server,
  UnknownVerbError,
  verb,
} from '../../../lib/index.ts';
import { MisuseError } from '../../../lib/errors/errors.ts';
import { methodVerb } from '../../../lib/service/frame/method-name.ts';
import { Services } from '../../../lib/service/server/services.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { testEnvironment } from '../../support/test-environment.ts';
import { withServer } from '../../support/with-server.ts';

class Store {
  readonly #data = new Map<string, string>();
  readonly db = { drop: () => 'dropped' };

  put(key: string, value: string): void {
    this.#data.set(key, value);
  }

  get(key: string): string | undefined {
    return this.#data.get(key);
  }

  _debug(): string {
    return 'secret';
  }
}

/** Services of no server, in which all methods named have the same verb. */
function clashing(...names: string[]): Services {
  return new Services(new Handlers(), testEnvironment(), [], (name) =>
    names.includes(name) ? 1n << 63n : methodVerb(name),
  );
}

function refusalOf(
  server: Server,
  name: string,
  object: unknown,
  options?: ExposeOptions,
): MisuseError {
  try {
    server.expose(name, object as object, options);
  } catch (error) {
    if (error instanceof MisuseError) return error;
    throw error;
  }
  return expect.fail('it was exposed');
}

describe('service/services', () => {
  it('serves the methods of a class instance, on the instance', () =>
    withServer(async ({ server, client }) => {
      server.expose('store', new Store());
      const store = client.api<Store>('store');
      expect(await store.put('a', '1')).to.equal(undefined);
      expect(await store.get('a')).to.equal('1');
      expect(await store.get('b')).to.equal(undefined);
    }));

  it('K5 serves nested methods of a plain object', () =>
    withServer(async ({ server, client }) => {
      const math = {
        add: (a: number, b: number) => a + b,
        deep: { er: { twice: (a: number) => 2 * a } },
      };
      server.expose('math', math);
      const api = client.api<typeof math>('math');
      expect(await Promise.all([api.add(1, 2), api.deep.er.twice(4)])).to.deep.equal([3, 8]);
    }));

  it('K1 gives what a method returns as it is: values, promises of values', () =>
    withServer(async ({ server, client }) => {
      const values = {
        nothing: () => undefined,
        nil: () => null,
        list: () => [1, 'a', { b: true }],
        later: async () => new Uint8Array([1]),
        big: () => 2n ** 60n,
      };
      server.expose('values', values);
      const api = client.api<typeof values>('values');
      expect(await api.nothing()).to.equal(undefined);
      expect(await api.nil()).to.equal(null);
      expect(await api.list()).to.deep.equal([1, 'a', { b: true }]);
      expect(await api.later()).to.deep.equal(Buffer.from([1]));
      expect(await api.big()).to.equal(2n ** 60n);
    }));

  for (const path of [
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '__defineGetter__',
    '_debug',
    '#data',
    'db',
    'db.drop',
    'get.call',
    'put.constructor',
    'missing',
    '',
  ]) {
    it(`E1 reaches nothing by the name "${path}"`, () =>
      withServer(async ({ server, client }) => {
        server.expose('store', new Store());
        const call = client.call(verb(methodVerb(`store/${path}`)));
        await rejectionOf(call, UnknownVerbError);
      }));
  }

  it('E1 serves what was exposed, whatever becomes of the object', () =>
    withServer(async ({ server, client }) => {
      const object: Record<string, unknown> = { get: () => 'first' };
      server.expose('service', object);
      object['get'] = () => 'second';
      object['late'] = () => 'late';
      const api = client.api<{ get(): string; late(): string }>('service');
      expect(await api.get()).to.equal('first');
      const error = await rejectionOf(api.late(), UnknownVerbError);
      expect(error, 'as gRPC has it').to.include({ status: 'unimplemented' });
      expect(error.message).to.equal('the peer has no method service/late');
    }));

  it('serves only what it is told to, and what is to be there as well', () =>
    withServer(({ server }) => {
      const exposure = server.expose('store', new Store(), {
        only: ['get', 'db.drop'],
        properties: ['db'],
      });
      expect(exposure.methods).to.deep.equal(['db.drop', 'get']);
      expect(exposure.name).to.equal('store');
    }));

  it('stops serving when the exposure is closed, once its calls have ended', () =>
    withServer(async ({ server, client }) => {
      let finish = (_value: string): void => {};
      const exposure = server.expose('service', {
        slow: () => new Promise<string>((resolve) => (finish = resolve)),
        quick: () => 'quick',
      });
      const api = client.api<{ slow(): Promise<string>; quick(): string }>('service');
      const slow = api.slow();
      expect(await api.quick()).to.equal('quick');
      const closed = exposure.close();
      expect(exposure.close()).to.equal(closed);
      await rejectionOf(api.quick(), UnknownVerbError);
      finish('slow');
      expect(await slow).to.equal('slow');
      await closed;
    }));

  it('can expose a name again after it was closed', () =>
    withServer(async ({ server, client }) => {
      const first = server.expose('service', { get: () => 1 });
      await first.close();
      server.expose('service', { get: () => 2 });
      await first.close();
      expect(await client.api<{ get(): number }>('service').get()).to.equal(2);
    }));

  it('closes an exposure that is disposed of', () =>
    withServer(async ({ server, client }) => {
      {
        await using exposure = server.expose('service', { get: () => 1 });
        expect(exposure.methods).to.deep.equal(['get']);
      }
      await rejectionOf(client.api<{ get(): number }>('service').get(), UnknownVerbError);
    }));

  it('refuses a service that is exposed already', () =>
    withServer(({ server }) => {
      server.expose('store', new Store());
      expect(refusalOf(server, 'store', { other: () => 1 }).message).to.equal(
        'store is exposed already',
      );
    }));

  it('refuses what has nothing to expose', () =>
    withServer(({ server }) => {
      for (const object of [{}, { a: 1 }, { _a: () => 1 }, { toString: () => 'a' }]) {
        const { message } = refusalOf(server, 'service', object);
        expect(message).to.equal('service has no methods to expose');
      }
      for (const object of [null, undefined, 5, 'text', () => 1]) {
        expect(refusalOf(server, 'service', object).message).to.match(/it is no object/);
      }
      expect(server.hasHandlers).to.equal(false);
    }));

  it('refuses paths that name no method', () =>
    withServer(({ server }) => {
      const missing = refusalOf(server, 'store', new Store(), { only: ['get', 'set'] });
      expect(missing.message).to.match(/store has no method set/);
    }));

  it('refuses names that can be none, and that of the built-in service', () =>
    withServer(({ server }) => {
      expect(refusalOf(server, 'a/b', { get: () => 1 }).message).to.match(/contains "\/"/);
      expect(refusalOf(server, '', { get: () => 1 }).message).to.match(/not empty/);
      expect(refusalOf(server, 'sluice', { get: () => 1 }).message).to.match(/built in/);
      expect(server.hasHandlers).to.equal(false);
    }));

  it('tells which methods may be repeated, and which keep their replies', () => {
    const services = clashing('none', 'none either');
    const object = { get: () => 1, put: () => 2, list: () => 3 };
    const methods = { get: { idempotent: true }, put: { once: true }, list: { once: false } };
    services.expose('store', object, { methods });
    expect(services.describe().services).to.deep.equal([
      { name: 'store', methods: ['get', 'list', 'put'], idempotent: ['get'], once: ['put'] },
    ]);
  });

  it('refuses methods of the same verb, naming both, and exposes nothing of them', () => {
    const services = clashing('service/a', 'service/b');
    const object = { first: () => 1, a: () => 1, b: () => 2 };
    expect(() => services.expose('service', object, {})).to.throw(
      MisuseError,
      'the methods service/a and service/b have the same verb; rename one of them',
    );
    expect(services.describe()).to.deep.equal({ services: [] });
    services.expose('service', object, { only: ['first', 'a'] });
  });

  it('refuses a method of the same verb as one of another service, naming both', () => {
    const services = clashing('one/a', 'two/b');
    const one = services.expose('one', { a: () => 1 }, {});
    expect(() => services.expose('two', { b: () => 1 }, {})).to.throw(
      MisuseError,
      /one\/a and two\/b/,
    );
    void one.close();
    services.expose('two', { b: () => 1 }, {});
  });

  it('refuses a method whose verb is served as such', () =>
    withServer(({ server }) => {
      server.handle(verb<() => string>(methodVerb('service/get')), () => 'a verb');
      expect(refusalOf(server, 'service', { get: () => 1 }).message).to.match(
        /which is served already/,
      );
    }));

  it('N6 runs interceptors around methods, those of the server outermost', async () => {
    const events: string[] = [];
    const server = {
      interceptors: [
        async (call: { readonly service: string }, next: () => Promise<unknown>) => {
          events.push(`server ${call.service}`);
          return `<${String(await next())}>`;
        },
      ],
    };
    await withServer({ server }, async (pair) => {
      pair.server.expose(
        'service',
        { get: (a: number) => `got ${a}` },
        {
          interceptors: [
            (call, next) => {
              events.push(`service ${call.method} ${JSON.stringify(call.args)}`);
              call.args = [7];
              return next();
            },
          ],
        },
      );
      const api = pair.client.api<{ get(a: number): string }>('service');
      expect(await api.get(5)).to.equal('<got 7>');
    });
    expect(events).to.deep.equal(['server service', 'service get [5]']);
  });

  it('X7 shares a map between interceptors and the method, and gives them its context', () =>
    withServer(async ({ server, client }) => {
      server.expose(
        'service',
        { who: () => callContext().shared.get('user') },
        {
          interceptors: [
            (call, next) => {
              call.shared.set('user', call.metadata['token'] ?? 'nobody');
              call.context.setHeader('checked', 'yes');
              return next();
            },
          ],
        },
      );
      let checked: unknown;
      const api = client.api<{ who(): string }>('service', {
        metadata: { token: 'ada' },
        onHeaders: (headers) => (checked = headers['checked']),
      });
      expect(await api.who()).to.equal('ada');
      expect(checked).to.equal('yes');
    }));

  it('X7 lets an interceptor replace the stream of a method', () =>
    withServer(async ({ server, client }) => {
      const rows = {
        async *rows() {
          yield 1;
          yield 2;
        },
      };
      server.expose('service', rows, {
        interceptors: [
          async (_call, next) => {
            const items = (await next()) as AsyncIterable<number>;
            return (async function* () {
              for await (const item of items) yield item * 10;
            })();
          },
        ],
      });
      const items: number[] = [];
      for await (const item of client.api<typeof rows>('service').rows()) items.push(item);
      expect(items).to.deep.equal([10, 20]);
    }));

  it('refuses a call in an interceptor, by its error', () =>
    withServer(async ({ server, client }) => {
      let wasCalled = false;
      server.expose(
        'service',
        { get: () => (wasCalled = true) },
        {
          context: false,
          interceptors: [
            () => {
              throw new RangeError('not you');
            },
          ],
        },
      );
      const error = await rejectionOf(client.api<{ get(): boolean }>('service').get(), Error);
      expect(error.message).to.equal('not you');
      expect(wasCalled).to.equal(false);
    }));

  it('tells the authorize hook the name of a method', async () => {
    const names: (string | undefined)[] = [];
    const server = {
      authorize: (_context: unknown, asked: { readonly name?: string | undefined }) => {
        names.push(asked.name);
        return asked.name !== 'store/put';
      },
    };
    await withServer({ server }, async (pair) => {
      pair.server.expose('store', new Store());
      const store = pair.client.api<Store>('store');
      await store.get('a');
      await rejectionOf(store.put('a', '1'), Error);
    });
    expect(names).to.deep.equal(['store/get', 'store/put']);
  });
});
