import { expect } from 'chai';

import { NestedStreams } from '../../../lib/stream/value/nested-streams.ts';
import type { Produced } from '../../../lib/stream/value/produced.ts';
import type { ItemPlace } from '../../../lib/stream/value/produced-owner.ts';

/** All that is known of a stream here. */
function streamAt(place: ItemPlace | undefined): Produced {
  return { place } as Produced;
}

describe('NestedStreams', () => {
  it('knows those in items that a reader has left behind', () => {
    const streams = [0, 0, 1, 2].map((item) => streamAt({ root: 4, outer: 4, item }));
    const untaken = (takenItems: number): Produced[] => {
      const nested = new NestedStreams();
      for (const stream of streams) nested.add(stream);
      return nested.takeUntaken(4, takenItems);
    };
    expect(untaken(0)).to.deep.equal(streams);
    expect(untaken(1)).to.deep.equal(streams.slice(2));
    expect(untaken(2)).to.deep.equal(streams.slice(3));
    expect(untaken(3)).to.deep.equal([]);
  });

  it('L11 knows those in items that were lost with a lane, each once, and keeps the others', () => {
    const streams = [0, 1, 1, 2].map((item) => streamAt({ root: 4, outer: 4, item }));
    const nested = new NestedStreams();
    for (const stream of streams) nested.add(stream);
    expect(nested.takeFrom(4, 3)).to.deep.equal([]);
    expect(nested.takeFrom(4, 1)).to.deep.equal(streams.slice(1));
    expect(nested.takeFrom(4, 1)).to.deep.equal([]);
    expect(nested.takeUntaken(4, 0)).to.deep.equal(streams.slice(0, 1));
  });

  it('E1-floods looks through the items of a stream once, however often its reader leaves', () => {
    const nested = new NestedStreams();
    let looked = 0;
    for (let item = 0; item < 1_000; item++) {
      const stream = {
        get place(): ItemPlace {
          looked++;
          return { root: 4, outer: 4, item };
        },
      };
      nested.add(stream as Produced);
    }
    nested.takeUntaken(4, 2_000);
    const once = looked;
    for (let count = 0; count < 100; count++) nested.takeUntaken(4, 2_000);
    expect(looked).to.equal(once);
    expect(nested.has(4)).to.equal(false);
  });

  it('tells the items of one stream from those of another', () => {
    const nested = new NestedStreams();
    const own = streamAt({ root: 4, outer: 4, item: 0 });
    nested.add(own);
    nested.add(streamAt({ root: 6, outer: 6, item: 0 }));
    nested.add(streamAt(undefined));
    expect(nested.takeUntaken(4, 0)).to.deep.equal([own]);
    expect(nested.takeUntaken(8, 0)).to.deep.equal([]);
  });

  it('X9 knows those at any depth, also if a stream between is over', () => {
    const nested = new NestedStreams();
    const between = streamAt({ root: 4, outer: 4, item: 0 });
    const inner = streamAt({ root: 4, outer: 8, item: 0 });
    for (const stream of [between, inner, streamAt({ root: 6, outer: 6, item: 0 })])
      nested.add(stream);
    nested.remove(between);
    expect(nested.takeRootedIn(4)).to.deep.equal([inner]);
    expect(nested.takeRootedIn(4)).to.deep.equal([]);
    expect(nested.takeRootedIn(8)).to.deep.equal([]);
  });

  it('forgets those that are over', () => {
    const nested = new NestedStreams();
    const streams = [0, 1].map((item) => streamAt({ root: 4, outer: 4, item }));
    for (const stream of streams) nested.add(stream);
    nested.remove(streams[0]!);
    nested.remove(streams[0]!);
    nested.remove(streamAt(undefined));
    expect(nested.has(4)).to.equal(true);
    expect(nested.takeUntaken(4, 0)).to.deep.equal([streams[1]]);
    nested.remove(streams[1]!);
    expect(nested.takeUntaken(4, 0)).to.deep.equal([]);
  });
});
