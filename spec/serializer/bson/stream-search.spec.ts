import { expect } from 'chai';
import { Readable } from 'node:stream';

import { stream } from '../../../lib/index.ts';
import { bson } from '../../../lib/serializer/bson/bson.ts';
import { StreamSearch } from '../../../lib/serializer/bson/stream-search.ts';
import { FakeHandles } from '../support/fake-handles.ts';
import { encode } from '../support/codec.ts';

/** What can be iterated, and is told from others by its name alone. */
interface Named extends AsyncIterable<number> {
  readonly name: string;
}

function named(name: string): Named {
  return {
    name,
    async *[Symbol.asyncIterator]() {
      yield await Promise.resolve(1);
    },
  };
}

/** What is found in a value. */
function foundIn(value: unknown): object[] {
  const search = new StreamSearch();
  search.value(value);
  return search.found;
}

describe('StreamSearch', () => {
  const [first, second, third] = [named('first'), named('second'), named('third')];

  it('finds what bson offers, in the same order', () => {
    class Holder {
      readonly inside: Named = third;
    }
    const values = [
      [first],
      [{ a: [1, { b: first }], c: second }],
      [new Map<string, unknown>([['key', first]]), [second]],
      [new Holder(), { own: new Holder() }],
      [Readable.from([1]), new ReadableStream(), stream([1])],
      [Buffer.alloc(3), new Date(0), 'text', 7n, null, undefined, {}],
      [Object.assign(Object.create(null), { first })],
    ];
    for (const value of values) {
      const handles = new FakeHandles();
      encode(bson, [value], handles);
      const offered = [...new Set(handles.offered)];
      expect(foundIn(value)).to.have.ordered.members(offered);
      expect(bson.streamsIn?.([value])).to.have.ordered.members(offered);
    }
  });

  it('passes over sinks, and over what can’t be sent at all', () => {
    const sink = { '~stream': 'sink', half: { first } };
    const failure = Object.assign(new Error('no value'), { first });
    const values = [sink, failure, new Set([first]), { toBSON: () => 1, first }, () => first];
    expect(foundIn(values)).to.deep.equal([]);
  });

  it('goes on behind what can’t be sent', () => {
    const value = {
      call: () => 1,
      first,
      deep: [Symbol('none'), new Set(), second, 2n ** 80n],
      third,
    };
    expect(() => encode(bson, [value])).to.throw();
    expect(foundIn(value)).to.deep.equal([first, second, third]);
  });

  it('finds a stream once that is there twice, and comes out of cycles', () => {
    const cycle: Record<string, unknown> = { first, again: [first, { first }] };
    cycle.self = cycle;
    cycle.map = new Map([['cycle', cycle]]);
    cycle.last = second;
    expect(foundIn(cycle)).to.deep.equal([first, second]);
  });

  it('finds what stands deeper than may be sent', () => {
    let value: unknown = first;
    for (let depth = 0; depth < 1_000; depth++) value = depth % 2 === 0 ? [value] : { value };
    expect(foundIn(value)).to.deep.equal([first]);
    expect(foundIn([value])).to.deep.equal([]);
  });

  it('takes no container, sink or function for a stream, even if it can be iterated', () => {
    const iteration = { [Symbol.asyncIterator]: () => first[Symbol.asyncIterator]() };
    const values = [[], new Map(), Buffer.alloc(1), { '~stream': 'sink' }, () => 1];
    for (const value of values) expect(foundIn(Object.assign(value, iteration))).to.deep.equal([]);
    expect(foundIn(Object.assign([first], iteration))).to.deep.equal([first]);
  });

  it('finds no members in what has none of its own, or lets nobody look', () => {
    const revoked = Proxy.revocable([], {});
    revoked.revoke();
    for (const value of [undefined, 'text', { length: 2 }, revoked.proxy]) {
      expect(new StreamSearch().elements(value)).to.deep.equal([]);
      expect(new StreamSearch().mapValues(value)).to.deep.equal([]);
    }
    expect(new StreamSearch().field({}, 'constructor')).to.equal(undefined);
  });

  it('reads no field after so many values as it looks at', () => {
    const search = new StreamSearch();
    expect(search.elements(Array(99_999).fill(1))).to.have.length(99_999);
    expect(search.field({ first }, 'first')).to.equal(first);
    expect(search.field({ first }, 'first')).to.equal(undefined);
  });

  describe('with hostile values', () => {
    it('runs each getter once, and goes on behind one that throws', () => {
      let runs = 0;
      const value = {
        get broken(): never {
          throw new Error('a getter');
        },
        get made(): Named {
          runs++;
          return first;
        },
        second,
      };
      expect(foundIn([value, value])).to.deep.equal([first, second]);
      expect(runs).to.equal(1);
    });

    it('lets no proxy stop it', () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      const revokedArray = Proxy.revocable([], {});
      revokedArray.revoke();
      const refusing = new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('no keys');
          },
        },
      );
      const stingy = new Proxy(
        { second },
        {
          get(target, key) {
            if (key === 'second') throw new Error('no field');
            return Reflect.get(target, key);
          },
        },
      );
      expect(foundIn([proxy, revokedArray.proxy, refusing, stingy, first])).to.deep.equal([first]);
    });

    it('ends where a value makes up more of itself for ever', () => {
      const endless: object = new Proxy(
        {},
        {
          ownKeys: () => ['next'],
          getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
          get: (_target, key) => (key === 'next' ? new Proxy(endless, {}) : undefined),
        },
      );
      const wide: object = new Proxy(
        {},
        {
          ownKeys: () => ['left', 'right'],
          getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
          get: (_target, key) => (typeof key === 'string' ? new Proxy(wide, {}) : undefined),
        },
      );
      let deep: unknown = second;
      for (let depth = 0; depth < 100_000; depth++) deep = [deep];
      const long: unknown[] = [];
      long.length = 2 ** 32 - 1;
      expect(foundIn([first, endless])).to.deep.equal([first]);
      expect(foundIn([first, wide])).to.deep.equal([first]);
      expect(foundIn([first, deep])).to.deep.equal([first]);
      expect(foundIn([first, long])).to.deep.equal([first]);
    });

    it('takes a Map for what it holds, not for what its class says', () => {
      class Liar extends Map<string, unknown> {
        override *[Symbol.iterator](): MapIterator<[string, unknown]> {
          for (;;) yield ['again', third];
        }
      }
      expect(foundIn(new Liar([['key', first]]))).to.deep.equal([first]);
    });
  });
});
