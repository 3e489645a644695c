import { expect } from 'chai';
import { Readable } from 'node:stream';

import { blobOf } from '../../../lib/blob.ts';
import { MisuseError } from '../../../lib/errors/errors.ts';
import { claimItems, isClaimed, unclaimItems } from '../../../lib/stream/value/one-shot.ts';
import { itemsOf } from '../../../lib/stream/value/produced-source.ts';
import { Counter } from '../../support/passing.ts';

/** A class of the user's that is its own iterator. */
class OwnIterator implements AsyncIterableIterator<number> {
  next(): Promise<IteratorResult<number>> {
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

describe('claimItems', () => {
  const once: Record<string, () => object> = {
    'an async generator': () => new Counter(1).items(),
    'a generator': () => [1].values(),
    'an iterator of its own': () => new OwnIterator(),
    'a Readable': () => Readable.from([1]),
    'a WHATWG stream': () => ReadableStream.from([1]),
    'a stream from the other side': () => ({ '~stream': 'remote', cancel: () => {} }),
    'a blob of a Readable': () => itemsOf(blobOf(Readable.from([Buffer.from('x')]))),
  };

  for (const [what, make] of Object.entries(once)) {
    it(`refuses ${what} the second time`, () => {
      const source = make();
      expect(isClaimed(source)).to.equal(false);
      claimItems(source);
      expect(isClaimed(source)).to.equal(true);
      expect(() => claimItems(source)).to.throw(MisuseError, 'used before');
      unclaimItems(source);
      claimItems(source);
    });
  }

  const often: Record<string, object> = {
    'an array': [1],
    'a set': new Set([1]),
    'a factory': () => [1],
    'a blob of bytes': itemsOf(blobOf(Buffer.from('x'))),
    'what makes a new iterator each time': { [Symbol.asyncIterator]: () => new OwnIterator() },
  };

  for (const [what, source] of Object.entries(often)) {
    it(`takes ${what} any number of times`, () => {
      for (let times = 0; times < 3; times++) claimItems(source);
      expect(isClaimed(source)).to.equal(false);
    });
  }

  it('refuses a Readable that was read to its end, and a WHATWG stream that somebody reads', async () => {
    const readable = Readable.from([1]);
    expect(await readable.toArray()).to.deep.equal([1]);
    expect(() => claimItems(readable)).to.throw(MisuseError);
    const locked = ReadableStream.from([1]);
    locked.getReader();
    expect(() => claimItems(locked)).to.throw(MisuseError);
  });
});
