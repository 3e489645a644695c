import { expect } from 'chai';

import { MisuseError } from '../../../lib/errors/errors.ts';
import { bson } from '../../../lib/serializer/bson/bson.ts';
import { ItemHandles } from '../../../lib/stream/value/item-handles.ts';
import type { Produced } from '../../../lib/stream/value/produced.ts';

/** Handles whose streams are numbered as they come. */
function makeHandles(): ItemHandles {
  let number = 0;
  return new ItemHandles({
    // All that handles know of a stream.
    offer: () => ({ number: (number += 2), serializer: bson }) as Produced,
    accept: (accepted) => ({ stream: { accepted } }),
  });
}

describe('ItemHandles', () => {
  it('L2 take streams, by number and serializer', () => {
    const handles = makeHandles();
    expect(handles.offer({})).to.deep.equal({ number: 2, serializer: 'bson' });
    expect(handles.offer({})).to.deep.equal({ number: 4, serializer: 'bson' });
    expect(handles.accept(6, bson)).to.deep.equal({ accepted: 6 });
  });

  it('take neither sinks nor sources', () => {
    const handles = makeHandles();
    expect(() => handles.describe({})).to.throw(MisuseError);
    expect(() => handles.resolve(1n, bson)).to.throw(MisuseError);
  });

  it('know the streams of the item at hand, until they are taken', () => {
    const handles = makeHandles();
    expect(handles.takeNamed()).to.deep.equal([]);
    handles.offer({});
    handles.offer({});
    expect(handles.takeNamed().map(({ number }) => number)).to.deep.equal([2, 4]);
    expect(handles.takeNamed()).to.deep.equal([]);
    handles.offer({});
    expect(handles.takeNamed().map(({ number }) => number)).to.deep.equal([6]);
  });
});
