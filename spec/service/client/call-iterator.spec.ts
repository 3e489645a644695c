import { expect } from 'chai';

import { MisuseError } from '../../../lib/errors/errors.ts';
import { CallIterator } from '../../../lib/service/client/call-iterator.ts';
import { surroundingsOf } from '../../../lib/base/surroundings.ts';
import { RemoteMethod } from '../../../lib/service/client/remote-method.ts';
import { verb } from '../../../lib/verb/verb.ts';
import { rejectionOf } from '../../support/rejection.ts';

const DONE = { done: true, value: undefined };

function method(): RemoteMethod {
  return new RemoteMethod({
    service: 's',
    path: 'm',
    name: 's/m',
    verb: verb(1),
    fullVerb: verb(1),
    surroundings: surroundingsOf(),
  });
}

function iterate(result: Promise<unknown>, onDemand: () => void = () => {}): CallIterator {
  return new CallIterator(result, method(), onDemand);
}

/** Counts up to `count`, and tells when it is left. */
async function* counting(count: number, onEnd: () => void): AsyncGenerator<number> {
  try {
    for (let i = 1; i <= count; i++) yield i;
  } finally {
    onEnd();
  }
}

describe('service/call-iterator', () => {
  it('gives the items of the stream that the call returns', async () => {
    const items: unknown[] = [];
    for await (const item of iterate(Promise.resolve(counting(3, () => {})))) items.push(item);
    expect(items).to.deep.equal([1, 2, 3]);
  });

  it('gives items in order to steps that do not wait for each other', async () => {
    const items = iterate(Promise.resolve(counting(2, () => {})));
    const steps = await Promise.all([items.next(), items.next(), items.next()]);
    expect(steps.map(({ value }) => value as unknown)).to.deep.equal([1, 2, undefined]);
  });

  it('tells of demand with the first step, not before', async () => {
    let demands = 0;
    const items = iterate(Promise.resolve(counting(3, () => {})), () => demands++);
    expect(demands).to.equal(0);
    const first = items.next();
    expect(demands).to.equal(1);
    await first;
    await items.next();
    expect(demands).to.equal(1);
  });

  it('K3 leaves the stream when the loop is left', async () => {
    let isLeft = false;
    for await (const item of iterate(Promise.resolve(counting(9, () => (isLeft = true))))) {
      if (item === 2) break;
    }
    expect(isLeft).to.equal(true);
  });

  it('leaves a stream that comes after it was left', async () => {
    let isReturned = false;
    const items = iterate(
      Promise.resolve({
        [Symbol.asyncIterator]: () => ({
          next: () => Promise.resolve({ done: false, value: 1 }),
          return: () => {
            isReturned = true;
            return Promise.resolve(DONE);
          },
        }),
      }),
    );
    expect(await items.return()).to.deep.equal(DONE);
    expect(isReturned).to.equal(true);
    expect(await items.next()).to.deep.equal(DONE);
  });

  it('K4 rejects with what the call rejects with, once', async () => {
    const failure = new RangeError('no');
    const items = iterate(Promise.reject(failure));
    const [first, second] = await Promise.allSettled([items.next(), items.next()]);
    expect(first).to.deep.equal({ status: 'rejected', reason: failure });
    expect(second.status).to.equal('rejected');
    expect(await items.next()).to.deep.equal(DONE);
    expect(await items.return()).to.deep.equal(DONE);
  });

  it('K8 throws back what is thrown into it, and passes it on', async () => {
    const thrown: unknown[] = [];
    const source: AsyncIterator<number> = {
      next: () => Promise.resolve({ done: false, value: 1 }),
      throw: (error: Error) => {
        thrown.push(error);
        return Promise.reject(error);
      },
    };
    const items = iterate(Promise.resolve({ [Symbol.asyncIterator]: () => source }));
    await items.next();
    const why = new RangeError('not that');
    expect(await rejectionOf(items.throw(why), RangeError)).to.equal(why);
    expect(thrown).to.deep.equal([why]);
    expect(await items.next()).to.deep.equal(DONE);
    const failed = iterate(Promise.reject(new TypeError('no')));
    expect(await rejectionOf(failed.throw(why), RangeError)).to.equal(why);
  });

  it('returns a stream that knows no throw, as an interceptor may make one', async () => {
    let returned = 0;
    const own: AsyncIterableIterator<number> = {
      next: () => Promise.resolve({ done: false, value: 1 }),
      return: () => Promise.resolve({ done: true, value: void returned++ }),
      [Symbol.asyncIterator]: () => own,
    };
    const items = iterate(Promise.resolve(own));
    await items.next();
    const error = new Error('enough');
    expect(await rejectionOf(items.throw(error), Error)).to.equal(error);
    expect(returned).to.equal(1);
  });

  it('answers return with the value of a promise, as a generator does', async () => {
    const items = iterate(Promise.reject(new Error('no stream')));
    expect(await items.return(Promise.resolve(7))).to.deep.equal({ done: true, value: 7 });
  });

  it('is nothing to leave where the call has failed', async () => {
    const items = iterate(Promise.reject(new RangeError('no')));
    expect(await items.return()).to.deep.equal(DONE);
  });

  for (const [what, value] of [
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
    ['an array', [1, 2]],
    ['a string', 'text'],
    ['a record', { next: 1 }],
  ] as const) {
    it(`K9 rejects where the call returns ${what}`, async () => {
      const error = await rejectionOf(iterate(Promise.resolve(value)).next(), MisuseError);
      expect(error.message).to.equal('the result of s/m is no stream: await the call instead');
    });
  }

  it('remembers of the method that it streams', async () => {
    const streaming = method();
    await new CallIterator(Promise.resolve(counting(1, () => {})), streaming, () => {}).next();
    expect(streaming.kind).to.equal('stream');
    const plain = method();
    await rejectionOf(new CallIterator(Promise.resolve(5), plain, () => {}).next(), MisuseError);
    expect(plain.kind).to.equal('value');
  });
});
