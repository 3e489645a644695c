import { expect } from 'chai';

import { UnderWay } from '../../../lib/base/under-way.ts';
import {
  CanceledError,
  ProtocolError,
  RefusedError,
  StreamNotFoundError,
} from '../../../lib/errors/errors.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import { AcceptedLanes } from '../../../lib/stream/lane/accepted-lanes.ts';
import type { Startable } from '../../../lib/stream/lane/lanes.ts';
import type { SinkSegment } from '../../../lib/stream/lane/sink-segment.ts';
import type { SourceSegment } from '../../../lib/stream/lane/source-segment.ts';
import { SinkHalf } from '../../../lib/stream/half/sink-half.ts';
import { SourceHalf } from '../../../lib/stream/half/source-half.ts';
import { laneFrame, count, LaneBench, message, TestParent } from '../../support/lane-bench.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { testEnvironment } from '../../support/test-environment.ts';
import { turns } from '../../support/turns.ts';
import { EOS_FRAME } from '../../support/wire-bytes.ts';

/** A server's lanes, whose client the test plays. */
class Accepting {
  readonly parent: TestParent = new TestParent(testEnvironment());
  /** Numbers of streams that were offered, and what was started of them. */
  readonly offered: Set<number> = new Set<number>();
  readonly started: SinkHalf<SinkSegment>[] = [];
  readonly underWay = new UnderWay();
  readonly lanes: AcceptedLanes = new AcceptedLanes(
    this.parent,
    { take: (number) => this.#take(number), find: () => undefined },
    this.underWay,
  );

  accept(id = 7n): LaneBench {
    const bench = new LaneBench({ isAccepted: true, parent: this.parent, owner: this.lanes, id });
    this.lanes.add(bench.lane);
    return bench;
  }

  #take(number: number): Startable | undefined {
    if (!this.offered.delete(number)) return undefined;
    return { start: (segment) => void this.started.push(new SinkHalf(segment, raw)) };
  }
}

describe('AcceptedLanes', () => {
  it('sends what the client asks for, if it was promised', async () => {
    const accepting = new Accepting();
    const bench = accepting.accept();
    accepting.offered.add(4);
    expect(accepting.underWay.count).to.equal(0);
    bench.receive(laneFrame({ type: 'consume', number: 4 }));
    expect(accepting.started).to.have.length(1);
    expect([accepting.lanes.size, accepting.underWay.count]).to.deep.equal([1, 1]);
    await accepting.started[0]?.close();
    expect(await bench.written()).to.equal(Buffer.concat([count(0), EOS_FRAME]).toString('hex'));
    expect([accepting.lanes.size, accepting.underWay.count]).to.deep.equal([1, 0]);
  });

  for (const how of ['closed', 'aborted'] as const) {
    it(`B2-5 counts a stream that was ${how} as under way until the kernel has its end`, async () => {
      const accepting = new Accepting();
      const bench = accepting.accept();
      accepting.offered.add(4);
      bench.receive(laneFrame({ type: 'consume', number: 4 }));
      bench.socket.isTaking = false;
      const [half] = accepting.started;
      if (how === 'closed') void half?.close();
      else half?.abort(new Error('no more'));
      await turns(2);
      expect([bench.lane.isIdle, accepting.underWay.count]).to.deep.equal([true, 1]);
      bench.socket.handlers.onDrain();
      await turns(2);
      expect(accepting.underWay.count).to.equal(0);
    });
  }

  it('B2-5 gives up the stream whose end the kernel has not taken when its lane is lost', async () => {
    const accepting = new Accepting();
    const bench = accepting.accept();
    accepting.offered.add(4);
    bench.receive(laneFrame({ type: 'consume', number: 4 }));
    bench.socket.isTaking = false;
    void accepting.started[0]?.close().catch(() => {});
    await turns(2);
    bench.close();
    await turns(2);
    expect([accepting.lanes.size, accepting.underWay.count]).to.deep.equal([0, 0]);
  });

  it('K8 answers with an error what was not promised, or was asked for before, and goes on', async () => {
    const accepting = new Accepting();
    const bench = accepting.accept();
    const client = new LaneBench();
    for (let times = 0; times < 2; times++) {
      const before = bench.socket.written.length;
      bench.receive(laneFrame({ type: 'consume', number: 4 }));
      const half = new SourceHalf<[Uint8Array], SourceSegment>(client.lane.openSource(4), raw);
      await bench.written();
      client.receive(bench.socket.written.subarray(before));
      const error = await rejectionOf(half.read({}), Error);
      expect(error).to.include({ name: 'StreamNotFoundError', code: 'ERR_STREAM_NOT_FOUND' });
    }
    expect(bench.lane.isIdle).to.equal(true);
  });

  it('asks the client for what a reader wants, and hands it the lane that comes', async () => {
    const accepting = new Accepting();
    const opening = accepting.lanes.consume(4);
    expect(accepting.parent.told).to.deep.equal([{ kind: 'stream-open', number: 4 }]);
    const bench = accepting.accept();
    bench.receive(laneFrame({ type: 'produce', number: 4 }), message('a'), count(1), EOS_FRAME);
    const half = new SourceHalf<[Uint8Array], SourceSegment>(await opening, raw);
    expect(await half.readBatch({})).to.deep.equal([[Buffer.from('a')]]);
    expect(await half.read({})).to.equal(undefined);
    expect(accepting.parent.told[1]).to.deep.equal({ kind: 'stream-taken', number: 4 });
  });

  it('K8 rejects what the client refuses, once', async () => {
    const { lanes } = new Accepting();
    const opening = lanes.consume(4);
    const error = new Error('no room');
    lanes.refuse(4, error);
    lanes.refuse(4, new Error('again'));
    lanes.refuse(6, new Error('nobody waits for it'));
    expect(await rejectionOf(opening, Error)).to.equal(error);
  });

  it('E1-memory keeps nothing of a stream that nobody waits for any more but its number', async () => {
    const { lanes } = new Accepting();
    const opening = lanes.consume(4);
    lanes.release(4);
    await rejectionOf(opening, CanceledError);
    expect(lanes.isAwaited(4)).to.equal(true);
    lanes.refuse(4, new Error('a late answer'));
    expect(lanes.isAwaited(4)).to.equal(false);
    lanes.release(6);
    expect(lanes.isAwaited(6), 'it was not asked for').to.equal(false);
  });

  it('E1-memory cancels a stream that comes after its reader gave up, and keeps the lane', () => {
    const accepting = new Accepting();
    void accepting.lanes.consume(4).catch(() => {});
    accepting.lanes.release(4);
    const bench = accepting.accept();
    bench.receive(laneFrame({ type: 'produce', number: 4 }), message('a'));
    expect(accepting.parent.told.map(({ kind }) => kind)).to.deep.equal([
      'stream-open',
      'stream-cancel',
    ]);
    bench.receive(EOS_FRAME);
    expect([bench.isEnded, bench.lane.isIdle]).to.deep.equal([false, true]);
    expect(accepting.parent.told.at(-1)).to.deep.equal({ kind: 'stream-taken', number: 4 });
  });

  it('E1-memory closes the connection of a client that answers nothing it is asked', () => {
    const { lanes, parent } = new Accepting();
    const { maxPromised, maxChildren } = parent.environment.limits;
    const most = maxPromised + maxChildren;
    for (let number = 0; number < most; number++) {
      void lanes.consume(number).catch(() => {});
      lanes.release(number);
    }
    expect(parent.cause).to.equal(undefined);
    void lanes.consume(most).catch(() => {});
    lanes.release(most);
    expect(parent.cause).to.be.instanceOf(RefusedError);
    lanes.loseParent(parent.cause, 'aborted');
    expect(lanes.isAwaited(1)).to.equal(false);
  });

  it('closes a lane on which the client sends what nobody asked for', () => {
    const accepting = new Accepting();
    for (let times = 0; times < 2; times++) {
      const bench = accepting.accept();
      bench.receive(laneFrame({ type: 'produce', number: 4 }), message('a'));
      expect(bench.isEnded).to.equal(true);
      expect(bench.lane.link.cause).to.be.instanceOf(ProtocolError);
    }
    expect(accepting.parent.told).to.deep.equal([]);
  });

  it('opens nothing by itself', async () => {
    const { lanes, parent } = new Accepting();
    const opening = follow(lanes.consume(4));
    await turns(2);
    expect(opening.outcome).to.equal(undefined);
    expect(parent.told.map(({ kind }) => kind)).to.deep.equal(['stream-open']);
    expect(lanes.size).to.equal(0);
  });

  it('finds an idle lane that was offered', () => {
    const accepting = new Accepting();
    const bench = accepting.accept(9n);
    expect(accepting.lanes.offered(9n)).to.equal(bench.lane);
    expect(accepting.lanes.offered(8n)).to.equal(undefined);
    accepting.offered.add(4);
    bench.receive(laneFrame({ type: 'consume', number: 4 }));
    expect(accepting.lanes.offered(9n), 'it is in use').to.equal(undefined);
    expect(accepting.underWay.count).to.equal(1);
    bench.close();
    expect(accepting.lanes.offered(9n)).to.equal(undefined);
    expect([accepting.lanes.size, accepting.underWay.count]).to.deep.equal([0, 0]);
  });

  it('K10 rejects readers that wait, and ends all lanes, with the main connection', async () => {
    const accepting = new Accepting();
    const opening = accepting.lanes.consume(4);
    const bench = accepting.accept();
    const cause = new StreamNotFoundError('the connection is gone', 'remote');
    accepting.lanes.loseParent(cause, 'lost');
    expect(await rejectionOf(opening)).to.equal(cause);
    expect(bench.isEnded).to.equal(true);
  });
});
