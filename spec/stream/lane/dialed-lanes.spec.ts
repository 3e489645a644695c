import { expect } from 'chai';

import { UnderWay } from '../../../lib/base/under-way.ts';
import { ClosedError, StreamClosedError } from '../../../lib/errors/errors.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import { DialedLanes } from '../../../lib/stream/lane/dialed-lanes.ts';
import type { LaneOwner } from '../../../lib/stream/lane/lane.ts';
import { LanePool } from '../../../lib/stream/lane/lane-pool.ts';
import type { SinkSegment } from '../../../lib/stream/lane/sink-segment.ts';
import type { SourceSegment } from '../../../lib/stream/lane/source-segment.ts';
import { SinkHalf } from '../../../lib/stream/half/sink-half.ts';
import { SourceHalf } from '../../../lib/stream/half/source-half.ts';
import { laneFrame, count, LaneBench, message, TestParent } from '../../support/lane-bench.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { testEnvironment } from '../../support/test-environment.ts';
import { turns } from '../../support/turns.ts';
import { EOS_FRAME } from '../../support/wire-bytes.ts';

/** A client's lanes, whose server the test plays. */
class Dialing {
  readonly parent: TestParent = new TestParent(testEnvironment());
  readonly pool: LanePool = new LanePool(this.parent.environment);
  /** In the order of dialing. */
  readonly benches: LaneBench[] = [];
  readonly underWay: UnderWay = new UnderWay();
  refusal: Error | undefined;
  #lastNumber = -1;
  readonly lanes: DialedLanes = new DialedLanes(
    { pool: this.pool, dialLane: (owner) => this.#dial(owner) },
    { takeOfferNumber: () => (this.#lastNumber += 2) },
    this.underWay,
  );

  async #dial(owner: LaneOwner): Promise<LaneBench['lane']> {
    await turns(1);
    if (this.refusal !== undefined) throw this.refusal;
    const bench = new LaneBench({
      parent: this.parent,
      owner,
      id: BigInt(this.benches.length),
    });
    this.benches.push(bench);
    this.pool.add(bench.lane);
    return bench.lane;
  }

  /** One lane that is parked. */
  async park(): Promise<LaneBench> {
    const half = read(await this.lanes.consume(1_000));
    const bench = this.benches.at(-1)!;
    bench.receive(count(0), EOS_FRAME);
    expect(await half.read({})).to.equal(undefined);
    return bench;
  }
}

function read(segment: SourceSegment): SourceHalf<[Uint8Array], SourceSegment> {
  return new SourceHalf(segment, raw);
}

/** What a bench has written since some bytes, in hex. */
async function writtenSince(bench: LaneBench, start: string): Promise<string> {
  const written = await bench.written();
  expect(written.startsWith(start)).to.equal(true);
  return written.slice(start.length);
}

describe('DialedLanes', () => {
  it('dials a lane where none is parked, and asks for the stream on it', async () => {
    const { lanes, pool, benches, underWay } = new Dialing();
    const half = read(await lanes.consume(4));
    const attach = laneFrame({ type: 'consume', number: 4 }).toString('hex');
    expect(await benches[0]?.written()).to.equal(attach);
    expect([pool.openCount, underWay.count]).to.deep.equal([1, 1]);
    benches[0]?.receive(message('a'), count(1), EOS_FRAME);
    expect(await half.readBatch({})).to.deep.equal([[Buffer.from('a')]]);
    expect(await half.read({})).to.equal(undefined);
    expect([pool.openCount, underWay.count]).to.deep.equal([1, 0]);
  });

  it('takes a parked lane at once, in either direction', async () => {
    const dialing = new Dialing();
    const { lanes, pool, benches } = dialing;
    const bench = await dialing.park();
    let before = await bench.written();
    const segment = lanes.consume(4);
    expect(segment, 'no round trip').not.to.be.instanceOf(Promise);
    expect(pool.size).to.equal(0);
    expect(await writtenSince(bench, before)).to.equal(
      laneFrame({ type: 'consume', number: 4 }).toString('hex'),
    );
    const half = read(segment as SourceSegment);
    bench.receive(count(0), EOS_FRAME);
    expect(await half.read({})).to.equal(undefined);
    before = await bench.written();
    new SinkHalf<SinkSegment>(await lanes.produce(6), raw);
    expect(await writtenSince(bench, before)).to.equal(
      laneFrame({ type: 'produce', number: 6 }).toString('hex'),
    );
    expect(benches).to.have.length(1);
  });

  it('parks a lane that it has sent on when the server has taken the end', async () => {
    const { lanes, pool, benches, underWay } = new Dialing();
    const sink = new SinkHalf<SinkSegment>(await lanes.produce(6), raw);
    await sink.close();
    expect([underWay.count, pool.size]).to.deep.equal([1, 0]);
    const settled = follow(lanes.whenSettled());
    lanes.settle(4);
    await turns(2);
    expect(settled.outcome, 'another stream’s end').to.equal(undefined);
    lanes.settle(6);
    await turns(2);
    expect(settled.outcome).to.deep.equal({ value: undefined });
    expect([underWay.count, pool.size]).to.deep.equal([0, 1]);
    lanes.settle(6);
    expect(pool.size, 'a second time means nothing').to.equal(1);
    expect(benches).to.have.length(1);
  });

  it('knows nothing more of a lane that was lost while it sent', async () => {
    const { lanes, pool, benches, underWay } = new Dialing();
    const sink = new SinkHalf<SinkSegment>(await lanes.produce(6), raw);
    await sink.close();
    benches[0]?.close(new Error('reset'));
    expect([pool.openCount, underWay.count]).to.deep.equal([0, 0]);
    lanes.settle(6);
    expect(pool.size).to.equal(0);
  });

  it('rejects with the reason when no lane can be dialed', async () => {
    const dialing = new Dialing();
    dialing.refusal = new Error('as many as limits.maxChildren allows');
    expect(await rejectionOf(Promise.resolve(dialing.lanes.consume(4)), Error)).to.equal(
      dialing.refusal,
    );
    expect(await rejectionOf(dialing.lanes.produce(4), Error)).to.equal(dialing.refusal);
  });

  it('fails what is opened on a lane that was closed while it was handed out', async () => {
    const dialing = new Dialing();
    const { lanes, pool, benches } = dialing;
    const consuming = lanes.consume(4) as Promise<SourceSegment>;
    const producing = lanes.produce(6);
    await turns(0);
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        queueMicrotask(() => {
          for (const bench of benches) bench.close(new Error('reset'));
          resolve();
        });
      });
    });
    await rejectionOf(read(await consuming).read({}), StreamClosedError);
    expect(new SinkHalf<SinkSegment>(await producing, raw).isOpen).to.equal(false);
    expect(pool.openCount).to.equal(0);
    lanes.settle(6);
  });

  it('closes a lane whose server attaches', async () => {
    const dialing = new Dialing();
    const bench = await dialing.park();
    bench.receive(laneFrame({ type: 'produce', number: 2 }));
    expect(bench.isEnded).to.equal(true);
    expect(dialing.pool.take()).to.equal(undefined);
  });

  it('makes room by closing a parked lane, which counts no more', async () => {
    const dialing = new Dialing();
    expect(dialing.pool.closeOldest()).to.equal(false);
    const bench = await dialing.park();
    expect(dialing.pool.closeOldest()).to.equal(true);
    expect(bench.isEnded).to.equal(true);
    expect([dialing.pool.openCount, dialing.underWay.count]).to.deep.equal([0, 0]);
  });

  it('tells of every change', async () => {
    const dialing = new Dialing();
    const { lanes, pool, underWay } = dialing;
    const bench = await dialing.park();
    expect(underWay.count, 'parked').to.equal(0);
    void lanes.consume(4);
    expect(underWay.count, 'in use').to.equal(1);
    const idle = follow(underWay.whenIdle());
    bench.close();
    expect(underWay.count, 'closed').to.equal(0);
    await turns(1);
    expect(idle.outcome).to.deep.equal({ value: undefined });
    expect(pool.size).to.equal(0);
  });

  describe('an offer', () => {
    it('is made of parked lanes only, with an odd number that is new', async () => {
      const dialing = new Dialing();
      expect(dialing.lanes.offer()).to.equal(undefined);
      const bench = await dialing.park();
      const first = dialing.lanes.offer();
      expect(first).to.include({ lane: bench.lane.id, number: 1 });
      expect(dialing.lanes.offer(), 'it is parked no more').to.equal(undefined);
      first?.settle();
      expect(dialing.lanes.offer()).to.include({ number: 3 });
    });

    it('that is claimed is what the stream of its number is read from', async () => {
      const dialing = new Dialing();
      const { lanes } = dialing;
      const bench = await dialing.park();
      const offer = lanes.offer()!;
      bench.receive(message('a'), count(1), EOS_FRAME);
      lanes.claim(offer.number);
      offer.settle();
      expect(dialing.pool.size, 'it is in use').to.equal(0);
      const half = read(await lanes.consume(offer.number));
      expect(await half.readBatch({})).to.deep.equal([[Buffer.from('a')]]);
      expect(await half.read({})).to.equal(undefined);
      expect(dialing.pool.size).to.equal(1);
    });

    it('that is claimed can be taken back once, for whoever does not want it', async () => {
      const dialing = new Dialing();
      const { lanes } = dialing;
      const bench = await dialing.park();
      const offer = lanes.offer()!;
      expect(lanes.unclaim(offer.number)).to.equal(undefined);
      lanes.claim(offer.number);
      const segment = lanes.unclaim(offer.number);
      expect(segment).to.include({ number: offer.number });
      expect(lanes.unclaim(offer.number)).to.equal(undefined);
      segment?.cancelSource(new Error('not wanted'));
      bench.receive(message('a'), EOS_FRAME);
      expect(dialing.pool.size).to.equal(1);
    });

    it('that was not taken parks the lane again', async () => {
      const dialing = new Dialing();
      await dialing.park();
      const offer = dialing.lanes.offer()!;
      offer.settle();
      expect(dialing.pool.size).to.equal(1);
      offer.settle();
      offer.cancel();
      expect(dialing.pool.size).to.equal(1);
    });

    it('of a call that was given up closes the lane: something may come on it', async () => {
      const dialing = new Dialing();
      const bench = await dialing.park();
      dialing.lanes.offer()?.cancel();
      expect(bench.isEnded).to.equal(true);
      expect(bench.lane.link.cause).to.be.instanceOf(ClosedError);
      expect(dialing.pool.size).to.equal(0);
    });

    it('is worth nothing when its lane is lost', async () => {
      const dialing = new Dialing();
      const bench = await dialing.park();
      const offer = dialing.lanes.offer()!;
      bench.close(new Error('reset'));
      dialing.lanes.claim(offer.number);
      offer.settle();
      await rejectionOf(
        read(await dialing.lanes.consume(offer.number)).read({}),
        StreamClosedError,
      );
      expect(dialing.pool.size).to.equal(0);
    });
  });

  it('K10 ends all lanes with the main connection', async () => {
    const dialing = new Dialing();
    const parked = await dialing.park();
    const half = read(await dialing.lanes.consume(4));
    const sink = new SinkHalf<SinkSegment>(await dialing.lanes.produce(6), raw);
    const cause = new Error('the connection is gone');
    dialing.lanes.loseParent(cause, 'closed');
    expect((await rejectionOf(half.read({}))).cause).to.equal(cause);
    expect((await rejectionOf(sink.ended)).cause).to.equal(cause);
    expect(parked.isEnded).to.equal(true);
    for (const bench of dialing.benches) bench.close();
    expect(dialing.pool.openCount).to.equal(0);
    expect(dialing.parent.environment.clock.pendingTimers).to.equal(0);
  });
});
