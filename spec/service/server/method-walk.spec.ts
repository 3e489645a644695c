import { expect } from 'chai';
import { EventEmitter } from 'node:events';

import { MisuseError } from '../../../lib/errors/errors.ts';
import { findMethods, type FoundMethod } from '../../../lib/service/server/method-walk.ts';

function pathsOf(root: object, properties: readonly string[] = []): string[] {
  return findMethods(root, properties)
    .map(({ path }) => path)
    .toSorted();
}

function found(root: object, path: string, properties: readonly string[] = []): FoundMethod {
  const method = findMethods(root, properties).find((one) => one.path === path);
  return method ?? expect.fail(`there is no ${path}`);
}

function call(root: object, path: string, ...args: unknown[]): unknown {
  const { owner, run } = found(root, path);
  return run.apply(owner, args);
}

function withMethod(name: string): object {
  return { [name]: () => 1 };
}

class Base {
  inherited(): string {
    return 'base';
  }

  replaced(): string {
    return 'base';
  }
}

class Store extends Base {
  static helper(): void {}
  readonly #data = new Map([['a', 1]]);
  readonly count = 5;
  readonly db = { query: () => 'rows' };
  readonly bound = (): Store => this;

  get size(): number {
    throw new Error('a getter was called');
  }

  get(key: string): number | undefined {
    return this.#data.get(key);
  }

  override replaced(): string {
    return 'store';
  }

  _internal(): void {}

  #hidden(): void {}

  unhide(): void {
    this.#hidden();
  }

  override toString(): string {
    return 'a store';
  }

  toJSON(): string {
    return 'a store';
  }
}

class Feed {
  get ticks(): AsyncIterable<number> {
    return new Ticks();
  }

  get(): void {}
}

class Ticks {
  async *[Symbol.asyncIterator](): AsyncGenerator<number> {}

  stop(): void {}
}

describe('service/method-walk', () => {
  it('E1 finds what a class instance and its classes have, and nothing that every object has', () => {
    expect(pathsOf(new Store())).to.deep.equal(['bound', 'get', 'inherited', 'replaced', 'unhide']);
  });

  it('calls methods on the object that owns them', () => {
    const store = new Store();
    expect(call(store, 'get', 'a')).to.equal(1);
    expect(call(store, 'bound')).to.equal(store);
    expect(call({ admin: store }, 'admin.get', 'a')).to.equal(1);
  });

  it('finds the method of the nearest class', () => {
    expect(call(new Store(), 'replaced')).to.equal('store');
    expect(call(new Store(), 'inherited')).to.equal('base');
  });

  it('hides the method of a class behind a field that is none', () => {
    expect(pathsOf(Object.assign(new Base(), { replaced: 5 }))).to.deep.equal(['inherited']);
  });

  it('K5 finds the methods of nested objects, by path', () => {
    const root = {
      top: () => 1,
      data: { stream: () => 2, deep: { er: () => 3 } },
      store: new Base(),
    };
    expect(pathsOf(root)).to.deep.equal([
      'data.deep.er',
      'data.stream',
      'store.inherited',
      'store.replaced',
      'top',
    ]);
    expect(call(root, 'data.deep.er')).to.equal(3);
  });

  it('E1 leaves alone what a class instance works with, unless it is told', () => {
    expect(pathsOf(new Store())).not.to.include('db.query');
    expect(pathsOf(new Store(), ['db'])).to.include('db.query');
    expect(pathsOf({ store: new Store() }, ['store.db'])).to.include('store.db.query');
  });

  it('E1 leaves alone what merely happens to be in a plain object', () => {
    const root = {
      get: () => 1,
      cache: new Map<string, string>(),
      list: [() => 1],
      pending: Promise.resolve(1),
      date: new Date(),
      bytes: Buffer.alloc(1),
      nothing: null,
      text: 'a',
    };
    expect(pathsOf(root)).to.deep.equal(['get']);
  });

  it('E1 never has a name that leads out of the object', () => {
    const root: object = JSON.parse(
      '{"__proto__": {"escape": 1}, "constructor": {"name": 1}}',
    ) as object;
    Object.assign(root, { get: () => 1, valueOf: () => 5, hasOwnProperty: () => true });
    expect(pathsOf(root)).to.deep.equal(['get']);
  });

  it('E1 has nothing that begins with an underscore, at any depth', () => {
    const root = {
      _a: () => 1,
      _nested: { get: () => 1 },
      nested: { _get: () => 1, get: () => 1 },
    };
    expect(pathsOf(root)).to.deep.equal(['nested.get']);
  });

  it('has neither symbols nor what is not enumerable in the object itself', () => {
    const root = Object.defineProperty({ [Symbol('get')]: () => 1, get: () => 1 }, 'quiet', {
      value: () => 1,
    });
    expect(pathsOf(root)).to.deep.equal(['get']);
  });

  it('takes a plain object without a prototype', () => {
    expect(pathsOf(Object.assign(Object.create(null) as object, { get: () => 1 }))).to.deep.equal([
      'get',
    ]);
  });

  it("follows an instance of somebody else's class as far as that goes", () => {
    class Service extends EventEmitter {
      get(): void {}
    }
    expect(pathsOf(new Service())).to.include.members(['get', 'emit', 'on']);
  });

  it('K9 finds streams in plain objects, and asks getters for theirs when they are called', async () => {
    let asked = 0;
    const root = {
      get ticks() {
        asked++;
        return (async function* () {
          yield 'tick';
        })();
      },
      fixed: new Ticks(),
    };
    expect(pathsOf(root)).to.deep.equal(['fixed', 'ticks']);
    expect(asked).to.equal(0);
    const items: unknown[] = [];
    for await (const item of call(root, 'ticks') as AsyncIterable<unknown>) items.push(item);
    expect(items).to.deep.equal(['tick']);
    expect(asked).to.equal(1);
    expect(call(root, 'fixed')).to.equal(root.fixed);
  });

  it('E1 tells nothing of a getter that is no stream', () => {
    const root = {
      get secret() {
        return 'secret';
      },
    };
    expect(() => call(root, 'secret')).to.throw(MisuseError, 'secret is no stream');
  });

  it('E1 asks getters of a class only where it is told', () => {
    expect(pathsOf(new Feed())).to.deep.equal(['get']);
    expect(pathsOf(new Feed(), ['ticks'])).to.deep.equal(['get', 'ticks']);
  });

  it('ends cycles where they close', () => {
    const root: Record<string, unknown> = { get: () => 1, child: { get: () => 2 } };
    root['self'] = root;
    (root['child'] as Record<string, unknown>)['parent'] = root;
    expect(pathsOf(root)).to.deep.equal(['child.get', 'get']);
  });

  it('finds an object by each of its paths', () => {
    const shared = { get: () => 1 };
    expect(pathsOf({ a: shared, b: { c: shared } })).to.deep.equal(['a.get', 'b.c.get']);
  });

  it('goes eight objects deep and no further', () => {
    const nested = (levels: number): object =>
      levels === 0 ? { get: () => 1 } : { a: nested(levels - 1) };
    expect(pathsOf(nested(8))).to.deep.equal([`${'a.'.repeat(8)}get`]);
    expect(() => pathsOf(nested(9))).to.throw(MisuseError, /deeper than 8 objects/);
  });

  for (const [what, root, message] of [
    ['with a dot', { 'a.b': () => 1 }, /"a\.b": it contains "\."/],
    ['with a slash', { 'a/b': () => 1 }, /contains "\/"/],
    ['that is empty', { '': () => 1 }, /not empty/],
    ['with a control character', { 'a\n': () => 1 }, /control character/],
    ['of an object, with a dot', { 'a.b': { get: () => 1 } }, /contains "\."/],
    ['that a promise has', withMethod('then'), /no client can call then/],
    ['that a promise has, nested', { a: withMethod('then') }, /no client can call a\.then/],
    ['that functions have, nested', { a: { bind: () => 1 } }, /no client can call a\.bind/],
  ] as const) {
    it(`refuses a name ${what}`, () => {
      expect(() => pathsOf(root)).to.throw(MisuseError, message);
    });
  }

  it('takes a name that functions have where there is no function', () => {
    expect(pathsOf({ apply: () => 1, call: () => 1, name: () => 1 })).to.deep.equal([
      'apply',
      'call',
      'name',
    ]);
  });

  for (const path of ['nothing', 'count', 'get', 'db.query']) {
    it(`refuses ${path} as a property to be exposed, which it is not`, () => {
      expect(() => findMethods(new Store(), [path])).to.throw(
        MisuseError,
        `there is no property ${path}`,
      );
    });
  }
});
