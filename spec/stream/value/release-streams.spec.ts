import { expect } from 'chai';
import { Readable } from 'node:stream';

import { bson, i32, packed, raw } from '../../../lib/layout.ts';
import { stream } from '../../../lib/index.ts';
import type { Serializer } from '../../../lib/serializer/serializer.ts';
import {
  releaseArguments,
  releaseStreams,
  releaseValue,
  holdErrors,
} from '../../../lib/stream/value/release-streams.ts';
import { Counter } from '../../support/passing.ts';

function held(): Readable {
  return new Readable({ objectMode: true, read() {} });
}

describe('releaseArguments', () => {
  it('K9 lets go of streams at any depth, prepared or not', () => {
    const readables = [held(), held(), held()];
    const [first, second, third] = readables;
    const value = { list: [first, { map: new Map([['key', stream(second as never)]]) }] };
    releaseArguments(bson, [value, 7, third]);
    expect(readables.map(({ destroyed }) => destroyed)).to.deep.equal([true, true, true]);
  });

  it('asks nothing of them', () => {
    const counter = new Counter(1);
    releaseArguments(bson, [counter.items(), stream(() => counter.items())]);
    expect(counter.started).to.equal(0);
  });

  it('finds those ahead of what can’t be sent, and never throws', () => {
    const readable = held();
    releaseArguments(bson, [readable, () => 'a function', held()]);
    expect(readable.destroyed).to.equal(true);
    releaseArguments(packed(i32), ['no number']);
    releaseArguments(raw, [{}, {}]);
    releaseArguments(bson, [
      {
        get broken(): never {
          throw new Error('a getter');
        },
      },
    ]);
  });

  it('finds those behind what can’t be sent as well', () => {
    const readables = [held(), held()];
    const [first, second] = readables;
    releaseArguments(bson, [() => 'a function', first, { deep: [Symbol('none'), second] }]);
    expect(readables.map(({ destroyed }) => destroyed)).to.deep.equal([true, true]);
  });

  it('never throws, also where a serializer of the user’s does', () => {
    const own: Serializer = {
      ...raw,
      name: 'own',
      streamsIn: () => {
        throw new Error('no search');
      },
    };
    releaseArguments(own, [held()]);
    expect(holdErrors(own, [held()])).to.equal(false);
  });

  it('lets go of the others though one resists', () => {
    const resisting = held();
    resisting.destroy = () => {
      throw new Error('not now');
    };
    const readable = held();
    releaseArguments(bson, [resisting, readable]);
    expect(readable.destroyed).to.equal(true);
  });

  it('takes the result for the tuple that its serializer makes of it', () => {
    const readable = held();
    releaseStreams(bson, { readable });
    expect(readable.destroyed).to.equal(true);
    releaseStreams(packed(i32, i32), {});
    releaseStreams(bson, undefined);
  });
});

describe('releaseValue', () => {
  it('K9 lets go of the streams in a value, whatever it is', () => {
    const readables = [held(), held()];
    const [first, second] = readables;
    releaseValue({ fine: 1, first, bad: () => 'a function', deep: [second] });
    releaseValue(undefined);
    expect(readables.map(({ destroyed }) => destroyed)).to.deep.equal([true, true]);
    const bare = held();
    releaseValue(bare);
    expect(bare.destroyed).to.equal(true);
  });
});

describe('holdErrors', () => {
  it('keeps the error of a Readable at any depth from ending the process', () => {
    const readables = [held(), held(), held()];
    const [first, second, third] = readables;
    holdErrors(bson, [first, [second], { deep: new Map([['key', third]]) }]);
    expect(readables.map((readable) => readable.listenerCount('error'))).to.deep.equal([1, 1, 1]);
  });
});
