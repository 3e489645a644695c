import { expect } from 'chai';
import { Readable } from 'node:stream';

import { bson, i32, packed, raw, stream } from '../../../lib/index.ts';
import { discardArguments } from '../../../lib/stream/value/discard-streams.ts';
import { Counter } from '../../support/passing.ts';

function held(): Readable {
  return new Readable({ objectMode: true, read() {} });
}

describe('discardArguments', () => {
  it('K9 lets go of streams at any depth, prepared or not', () => {
    const readables = [held(), held(), held()];
    const [first, second, third] = readables;
    const value = { list: [first, { map: new Map([['key', stream(second as never)]]) }] };
    discardArguments(bson, [value, 7, third]);
    expect(readables.map(({ destroyed }) => destroyed)).to.deep.equal([true, true, true]);
  });

  it('asks nothing of them', () => {
    const counter = new Counter(1);
    discardArguments(bson, [counter.items(), stream(() => counter.items())]);
    expect(counter.started).to.equal(0);
  });

  it('finds those ahead of what can’t be sent, and never throws', () => {
    const readable = held();
    discardArguments(bson, [readable, () => 'a function', held()]);
    expect(readable.destroyed).to.equal(true);
    discardArguments(packed(i32), ['no number']);
    discardArguments(raw, [{}, {}]);
    discardArguments(bson, [
      {
        get broken(): never {
          throw new Error('a getter');
        },
      },
    ]);
  });
});
