import { expect } from 'chai';

import { raw } from '../../../lib/serializer/raw.ts';
import { SinkHalf } from '../../../lib/stream/half/sink-half.ts';
import { SourceHalf } from '../../../lib/stream/half/source-half.ts';
import { LaneBench } from '../../support/lane-bench.ts';

describe('snapshotSegment', () => {
  it('shows nothing of a lane that carries no stream, or one that nobody has opened here', () => {
    const { lane } = new LaneBench();
    expect(lane.snapshot()).to.equal(undefined);
    lane.openSource(4);
    expect(lane.snapshot()).to.equal(undefined);
  });

  it('shows a stream that is read, until its reader wants no more', () => {
    const { lane } = new LaneBench({ id: 0xabcdef12n });
    const half = new SourceHalf(lane.openSource(4), raw);
    expect(lane.snapshot()).to.include({
      side: 'consumer',
      kind: 'value',
      id: '…cdef12',
      number: 4,
      state: 'open',
    });
    half.cancel(undefined);
    expect(lane.snapshot()).to.equal(undefined);
  });

  it('shows a stream that is sent, until the peer’s reader has taken its end', async () => {
    const { lane } = new LaneBench();
    const half = new SinkHalf(lane.openSink(4), raw);
    void half.send([Buffer.from('abc')]);
    expect(lane.snapshot()).to.include({ side: 'producer', number: 4, state: 'open', items: 1 });
    await half.close();
    expect(lane.snapshot()).to.include({ state: 'ending', waitsFor: 'reader', items: 1 });
    lane.onTaken(4);
    expect(lane.snapshot()).to.equal(undefined);
  });

  it('shows nothing of a stream that was sent to its end with an error', () => {
    const { lane } = new LaneBench();
    const half = new SinkHalf(lane.openSink(4), raw);
    half.abort(new Error('lost'));
    expect(lane.snapshot()).to.equal(undefined);
  });
});
