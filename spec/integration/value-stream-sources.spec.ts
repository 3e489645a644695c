import { expect } from 'chai';

import { stream } from '../../lib/index.ts';
import { MisuseError } from '../../lib/errors/errors.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { until } from '../support/turns.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

interface Items {
  items(): AsyncIterable<unknown>;
  local(): AsyncIterable<unknown>;
}

describe('stream', () => {
  it('L2 refuses a source that gives no items, and strings, where the stream is made', () => {
    // @ts-expect-error -- a string is no stream of its letters
    expect(() => stream('abc')).to.throw(MisuseError, 'not a string');
    // @ts-expect-error -- nor is one that a factory gives
    stream(() => 'abc');
    for (const source of [undefined, null, 5, {}, Object('abc'), { [Symbol.iterator]: 5 }]) {
      expect(() => stream(source as never)).to.throw(MisuseError, 'a stream needs an iterable');
    }
    for (const source of [[1], new Set([1]), () => [1], ReadableStream.from([1])]) stream(source);
  });
});

describe('a producer that can not be set up', () => {
  const failing: [what: string, items: () => object, problem: RegExp][] = [
    ['a factory that gives a string', () => stream(() => 'abc' as never), /not a string/],
    ['a factory that throws', () => stream(() => fail()), /can't be set up/],
    ['a source whose iterator is none', () => iterableBy(() => 5), /not an object/],
    ['a source that gives no iterator', () => iterableBy(() => fail()), /can't be set up/],
    ['a proxy that comes to throw when it is looked at', proxyThatFails, /can't be set up/],
  ];
  for (const [what, items, problem] of failing) {
    it(`K4 ends its stream with the error: ${what}`, async () => {
      await withServer(memoryPair(), async ({ server, client }) => {
        server.expose('s', { items });
        const error = await rejectionOf(readAll(client.api<Items>('s').items()), Error);
        expect(error.message).to.match(problem);
      });
    });
  }
});

describe('the steps of a producer', () => {
  const sources: [what: string, steps: () => AsyncIterable<unknown>][] = [
    ['done is told by its truth', () => stepsOf({ value: 'a' }, { done: 1 })],
    [
      'a value beside a true done is none',
      () => stepsOf({ value: 'a' }, { done: true, value: 'b' }),
    ],
    ['a step without done gives an item', () => stepsOf({ value: 'a', done: 0 }, { done: {} })],
    ['a step that is no object is a TypeError', () => stepsOf({ value: 'a' }, 5)],
    ['so is undefined', () => stepsOf(undefined)],
    ['next is read once', nextReadOnce],
  ];
  for (const [what, steps] of sources) {
    it(`B2-10 are read as the language reads them: ${what}`, async () => {
      const expected = await outcomeOf(steps());
      await withServer(memoryPair(), async ({ server, client }) => {
        server.expose('s', { items: steps, local: () => stream(steps()) });
        const api = client.api<Items>('s');
        expect(await outcomeOf(api.items())).to.deep.equal(expected);
        expect(await outcomeOf(api.local())).to.deep.equal(expected);
        expect(await outcomeOf(stream(steps()))).to.deep.equal(expected);
      });
    });
  }

  it('B2-10 a source whose async iterator is undefined is iterated by its sync one', async () => {
    const source = Object.assign([1, 2], { [Symbol.asyncIterator]: undefined });
    expect(await readAll(stream(source as Iterable<number> & object))).to.deep.equal([1, 2]);
  });

  it('K3 a source whose end throws is canceled, and harms nobody', async () => {
    let asked = 0;
    const broken = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: 1 }),
        return: () => {
          asked++;
          return fail();
        },
      }),
    };
    await withServer(memoryPair(), async ({ server, client }) => {
      server.expose('s', { items: () => broken });
      const left = follow(readOne(client.api<Items>('s').items()));
      await until(() => asked === 1 && left.outcome !== undefined);
      expect(left.outcome).to.deep.equal({ value: 1 });
    });
  });
});

function fail(): never {
  throw new Error("it can't be set up");
}

function iterableBy(iterate: () => unknown): object {
  return { [Symbol.asyncIterator]: iterate };
}

/** Looks sound while its value is sent, and throws when its items are wanted. */
function proxyThatFails(): object {
  let looks = 0;
  return new Proxy(stepsOf({ done: true }), {
    has: (target, key) => (key === 'getReader' && looks++ > 0 ? fail() : Reflect.has(target, key)),
    get: (target, key, receiver) =>
      key === 'getReader' && looks++ > 0 ? fail() : (Reflect.get(target, key, receiver) as unknown),
  });
}

/** Gives these steps, whatever they are. */
function stepsOf(...steps: unknown[]): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]: () => {
      let at = 0;
      return { next: () => Promise.resolve(steps[at++] as IteratorResult<unknown>) };
    },
  };
}

function nextReadOnce(): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]: () => {
      let reads = 0;
      let left = 3;
      return {
        get next() {
          reads++;
          return () => Promise.resolve(left-- > 0 ? { value: reads } : { done: true }) as never;
        },
      };
    },
  };
}

async function readAll(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const read: unknown[] = [];
  for await (const item of items) if (read.push(item) === 5) break;
  return read;
}

async function readOne(items: AsyncIterable<unknown>): Promise<unknown> {
  for await (const item of items) return item;
  return undefined;
}

async function outcomeOf(items: AsyncIterable<unknown>): Promise<unknown> {
  try {
    return await readAll(items);
  } catch (error) {
    return (error as Error).name;
  }
}
