import { expect } from 'chai';

import { fromTuple, toTuple } from '../../../lib/stream/user/single-values.ts';

describe('stream/single-values', () => {
  it('makes a tuple of what is written, by the arity of its serializer', () => {
    const cases: [chunk: unknown, arity: number | undefined, tuple: unknown[]][] = [
      ['a', undefined, ['a']],
      [['a', 1], undefined, ['a', 1]],
      [['a'], 1, [['a']]],
      ['a', 1, ['a']],
      [['a', 1], 2, ['a', 1]],
    ];
    for (const [chunk, arity, tuple] of cases) {
      expect(toTuple(chunk, arity)).to.deep.equal(tuple);
    }
  });

  it('gives the member of a one-member tuple, and other tuples as they are', () => {
    expect(fromTuple([7])).to.equal(7);
    expect(fromTuple([7, 'a'])).to.deep.equal([7, 'a']);
    expect(fromTuple([])).to.deep.equal([]);
  });
});
