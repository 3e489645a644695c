// Objects with a method `then` are the subject here.
// oxlint-disable unicorn/no-thenable
import { runInNewContext } from 'node:vm';

import { expect } from 'chai';

import { promiseOf } from '../../lib/base/promise-of.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { revokedProxy } from '../support/unreadable.ts';

describe('promiseOf', () => {
  const awaited: [what: string, value: unknown][] = [
    ['a promise', Promise.resolve(7)],
    ['a promise of another realm', runInNewContext('Promise.resolve(7)')],
    ['an object with a method then', { then: (resolve: (value: number) => void) => resolve(7) }],
    [
      'a function with a method then',
      Object.assign(() => 1, { then: (resolve: (value: number) => void) => resolve(7) }),
    ],
  ];
  for (const [what, value] of awaited) {
    it(`is the promise of what must be awaited: ${what}`, async () => {
      expect(await promiseOf(value)).to.equal(7);
    });
  }

  it('is undefined for what is there already', () => {
    const values = [undefined, null, 1, 'then', {}, { then: 1 }, () => 1, Symbol.iterator];
    expect(values.map((value) => promiseOf(value))).to.deep.equal(values.map(() => undefined));
  });

  it('is a promise as it is', () => {
    const promise = Promise.resolve(7);
    expect(promiseOf(promise)).to.equal(promise);
  });

  it('reads then once, and calls it later', async () => {
    let reads = 0;
    let calls = 0;
    const value = {
      get then() {
        reads++;
        return (resolve: (value: number) => void) => {
          calls++;
          resolve(7);
        };
      },
    };
    const promise = promiseOf<unknown>(value);
    expect([reads, calls]).to.deep.equal([1, 0]);
    expect(await promise).to.equal(7);
    expect([reads, calls]).to.deep.equal([1, 1]);
  });

  it('rejects where then can not be read, and where it throws', async () => {
    const unreadable = {
      get then(): unknown {
        throw new RangeError('not now');
      },
    };
    const throwing = {
      then: () => {
        throw new RangeError('not now');
      },
    };
    for (const value of [unreadable, throwing]) {
      await rejectionOf(promiseOf<unknown>(value) ?? Promise.resolve(), RangeError);
    }
    const unsettled = Object.defineProperty(Promise.resolve(7), 'constructor', {
      get: () => throwing.then(),
    });
    await rejectionOf(promiseOf<unknown>(unsettled) ?? Promise.resolve(), RangeError);
    await rejectionOf(promiseOf<unknown>(revokedProxy()) ?? Promise.resolve(), TypeError);
  });

  it('takes the first of several outcomes', async () => {
    const value = {
      then(resolve: (value: number) => void, reject: (error: Error) => void) {
        resolve(1);
        reject(new Error('too late'));
        resolve(2);
      },
    };
    expect(follow(promiseOf<unknown>(value) ?? Promise.resolve())).to.deep.equal({
      outcome: undefined,
    });
    expect(await promiseOf<unknown>(value)).to.equal(1);
  });
});
