import { expect } from 'chai';

import { NestedStreams } from '../../../lib/stream/value/nested-streams.ts';
import type { ItemPlace, Produced } from '../../../lib/stream/value/produced.ts';

/** All that is known of a stream here. */
function streamAt(place: ItemPlace | undefined): Produced {
  return { place } as Produced;
}

describe('NestedStreams', () => {
  it('knows those in items that a reader has left behind', () => {
    const nested = new NestedStreams();
    const streams = [0, 0, 1, 2].map((item) => streamAt({ outer: 4, item }));
    for (const stream of streams) nested.add(stream);
    expect(nested.untaken(4, 0)).to.deep.equal(streams);
    expect(nested.untaken(4, 1)).to.deep.equal(streams.slice(2));
    expect(nested.untaken(4, 2)).to.deep.equal(streams.slice(3));
    expect(nested.untaken(4, 3)).to.deep.equal([]);
  });

  it('tells the items of one stream from those of another', () => {
    const nested = new NestedStreams();
    const own = streamAt({ outer: 4, item: 0 });
    nested.add(own);
    nested.add(streamAt({ outer: 6, item: 0 }));
    nested.add(streamAt(undefined));
    expect(nested.untaken(4, 0)).to.deep.equal([own]);
    expect(nested.untaken(8, 0)).to.deep.equal([]);
  });

  it('forgets those that are over', () => {
    const nested = new NestedStreams();
    const streams = [0, 1].map((item) => streamAt({ outer: 4, item }));
    for (const stream of streams) nested.add(stream);
    nested.remove(streams[0]!);
    nested.remove(streams[0]!);
    expect(nested.untaken(4, 0)).to.deep.equal([streams[1]]);
    nested.remove(streams[1]!);
    nested.remove(streamAt(undefined));
    expect(nested.untaken(4, 0)).to.deep.equal([]);
  });
});
