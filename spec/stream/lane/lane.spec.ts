import { expect } from 'chai';

import { ClosedError, ProtocolError, StreamClosedError } from '../../../lib/errors/errors.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import type { SourceSegment } from '../../../lib/stream/lane/source-segment.ts';
import { SinkHalf } from '../../../lib/stream/half/sink-half.ts';
import { SourceHalf } from '../../../lib/stream/half/source-half.ts';
import { laneFrame, count, LaneBench, message } from '../../support/lane-bench.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';
import { EOS_FRAME, u32le } from '../../support/wire-bytes.ts';

const CONSUME = laneFrame({ type: 'consume', number: 4 });
const PRODUCE = laneFrame({ type: 'produce', number: 4 });

/** A lane frame of a type that has no meaning. */
function unknownLaneFrame(type: number): Buffer {
  return Buffer.concat([u32le(0xffff_fffe), u32le(3), Buffer.of(type, 1, 2)]);
}

/** Reads the messages as text. */
function read(segment: SourceSegment): SourceHalf<[Uint8Array], SourceSegment> {
  return new SourceHalf(segment, raw);
}

describe('Lane', () => {
  describe('that is idle', () => {
    it('takes the frame that says what it is for, at the accepting side', () => {
      for (const frame of [CONSUME, PRODUCE]) {
        const bench = new LaneBench({ isAccepted: true });
        expect(bench.lane.isIdle).to.equal(true);
        bench.receive(frame);
        expect(bench.events).to.deep.equal([
          { type: frame === CONSUME ? 'consume' : 'produce', number: 4 },
        ]);
      }
    });

    it('takes that frame in any number of pieces', () => {
      const bench = new LaneBench({ isAccepted: true });
      for (const byte of CONSUME) {
        expect(bench.events).to.deep.equal([]);
        bench.receive(Buffer.of(byte));
      }
      expect(bench.events).to.have.length(1);
    });

    it('passes over lane frames of later versions', () => {
      for (const isAccepted of [true, false]) {
        const bench = new LaneBench({ isAccepted });
        bench.receive(unknownLaneFrame(7), unknownLaneFrame(127));
        expect(bench.lane.isIdle).to.equal(true);
        expect(bench.isEnded).to.equal(false);
      }
    });

    const wrong: readonly [what: string, bytes: Buffer][] = [
      ['a message', message('a')],
      ['an empty message', message('')],
      ['an end of stream', EOS_FRAME],
      ['a count', count(0)],
      ['headers', laneFrame({ type: 'headers', document: Buffer.alloc(0) })],
      ['trailers', laneFrame({ type: 'trailers', document: Buffer.alloc(0) })],
      ['an error', laneFrame({ type: 'error', document: Buffer.alloc(0) })],
      ['a lane frame that must be known', unknownLaneFrame(128)],
      ['a lane frame that is too long', Buffer.concat([u32le(0xffff_fffe), u32le(65_537)])],
      ['a lane frame without a type', Buffer.concat([u32le(0xffff_fffe), u32le(0)])],
    ];
    for (const [what, bytes] of wrong) {
      it(`F30 is given up at ${what}`, async () => {
        for (const isAccepted of [true, false]) {
          const bench = new LaneBench({ isAccepted });
          bench.receive(bytes);
          expect(bench.isEnded).to.equal(true);
          expect(bench.lane.isIdle).to.equal(false);
          expect(bench.lane.link.cause).to.be.instanceOf(ProtocolError);
          bench.receive(CONSUME);
          expect(bench.events, 'nothing is read any more').to.deep.equal([]);
        }
      });
    }

    for (const frame of [CONSUME, PRODUCE]) {
      it(`F30 is given up at the dialing side, which says what it is for: ${frame[8]}`, () => {
        const bench = new LaneBench();
        bench.receive(frame);
        expect(bench.isEnded).to.equal(true);
        expect(bench.events).to.deep.equal([]);
      });
    }

    it('ends its direction when the peer does', () => {
      const bench = new LaneBench();
      bench.socket.handlers.onEnd();
      expect(bench.isEnded).to.equal(true);
      expect(bench.lane.isIdle).to.equal(false);
    });

    it('is retired by an end of our direction', () => {
      const bench = new LaneBench();
      bench.lane.close();
      expect(bench.isEnded).to.equal(true);
      bench.socket.handlers.onEnd();
      bench.close();
      expect(bench.events).to.deep.equal(['closed']);
    });

    it('goes through many short streams that came together one by one', () => {
      const bench = new LaneBench({ isAccepted: true });
      bench.onFrame = ({ number }) => {
        bench.lane.openSource(number).cancelSource(new Error('not wanted'));
      };
      const streams = 3_000;
      const bytes = Array.from({ length: streams }, () => [PRODUCE, EOS_FRAME]).flat();
      bench.receive(...bytes);
      expect(bench.events.filter((event) => event === 'idle')).to.have.length(streams);
      expect(bench.isEnded).to.equal(false);
    });

    it('is given up when the peer asks for streams and does not read what it gets', () => {
      const bench = new LaneBench({ isAccepted: true });
      bench.onFrame = ({ number }) => {
        bench.lane.openSink(number).abort(new Error('there is no such stream'), 'local');
      };
      bench.socket.isTaking = false;
      let asked = 0;
      for (; !bench.isEnded && asked < 100_000; asked++) bench.receive(CONSUME);
      expect(bench.lane.link.cause).to.be.instanceOf(ProtocolError);
      const { limits } = bench.parent.environment;
      expect(bench.lane.link.writer.bufferedBytes).to.be.below(2 * limits.sinkBudgetBytes);
    });
  });

  describe('that carries a stream', () => {
    it('is not idle, from the frame that attaches to the end', async () => {
      const bench = new LaneBench();
      bench.lane.attach({ type: 'consume', number: 4 });
      const half = read(bench.lane.openSource(4));
      expect(bench.lane.isIdle).to.equal(false);
      expect(await bench.written()).to.equal(CONSUME.toString('hex'));
      bench.receive(message('a'), count(1), EOS_FRAME);
      expect(await half.read({})).to.deep.equal([Buffer.from('a')]);
      expect(bench.lane.isIdle).to.equal(false);
      expect(await half.read({})).to.equal(undefined);
      expect(bench.lane.isIdle).to.equal(true);
      expect(bench.events).to.deep.equal(['idle']);
    });

    it('hands what came with the frame that attaches to the stream', async () => {
      const bench = new LaneBench({ isAccepted: true });
      let half: SourceHalf<[Uint8Array], SourceSegment> | undefined;
      bench.onFrame = ({ number }) => (half = read(bench.lane.openSource(number)));
      bench.receive(PRODUCE, message('a'), count(1), EOS_FRAME);
      expect(await half?.readBatch({})).to.deep.equal([[Buffer.from('a')]]);
      expect(await half?.read({})).to.equal(undefined);
    });

    for (const [what, frame] of [
      ['the same once more', CONSUME],
      ['another one', PRODUCE],
      ['a message', message('a')],
      ['an end of stream', EOS_FRAME],
    ] as const) {
      it(`F16 gives the connection up when the peer attaches and sends ${what} before its end`, async () => {
        const bench = new LaneBench({ isAccepted: true });
        bench.onFrame = ({ number }) => void new SinkHalf(bench.lane.openSink(number), raw);
        bench.receive(CONSUME);
        expect(bench.isEnded).to.equal(false);
        bench.receive(frame);
        expect(bench.isEnded).to.equal(true);
        expect(bench.events, 'the owner was asked once').to.have.length(1);
      });
    }

    it('fails the sink when the peer sends on a stream that it reads', async () => {
      const bench = new LaneBench({ isAccepted: true });
      const sink = new SinkHalf(bench.lane.openSink(4), raw);
      bench.receive(CONSUME);
      const { cause } = await rejectionOf(sink.ended, StreamClosedError);
      expect(cause).to.be.instanceOf(ProtocolError);
    });

    it('fails its stream when the connection is closed, with the cause', async () => {
      for (const kind of ['source', 'sink'] as const) {
        const bench = new LaneBench();
        const half =
          kind === 'source'
            ? read(bench.lane.openSource(4))
            : new SinkHalf(bench.lane.openSink(4), raw);
        const reading = half instanceof SourceHalf ? half.read({}) : half.ended;
        bench.close(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
        const { cause } = await rejectionOf(reading, StreamClosedError);
        expect(cause)
          .to.be.instanceOf(ClosedError)
          .with.nested.property('cause.code', 'ECONNRESET');
        expect(bench.events).to.deep.equal(['closed']);
      }
    });

    it('fails a stream that is opened when the connection is closed already', async () => {
      const bench = new LaneBench();
      bench.close();
      await rejectionOf(read(bench.lane.openSource(4)).read({}), StreamClosedError);
      const other = new LaneBench();
      other.close();
      const sink = new SinkHalf(other.lane.openSink(4), raw);
      expect(sink.isOpen).to.equal(false);
      expect(() => sink.send([Buffer.of(1)])).to.throw(StreamClosedError);
    });

    it('gives the connection up when its reader has come to the peer’s end without an end of stream', async () => {
      const bench = new LaneBench();
      const half = read(bench.lane.openSource(4));
      bench.receive(message('a'));
      bench.socket.handlers.onEnd();
      expect(bench.isEnded, 'there is something to read').to.equal(false);
      expect(await half.read({})).to.deep.equal([Buffer.from('a')]);
      await rejectionOf(half.read({}), StreamClosedError);
      expect(bench.isEnded).to.equal(true);
    });
  });

  describe('at the dialing side, that has sent a stream', () => {
    async function sent(): Promise<LaneBench> {
      const bench = new LaneBench();
      const sink = new SinkHalf(bench.lane.openSink(4), raw);
      await sink.close();
      expect(bench.lane.isIdle).to.equal(false);
      expect(bench.events).to.deep.equal([]);
      return bench;
    }

    it('is idle again when the peer’s reader has taken its end', async () => {
      const bench = await sent();
      bench.lane.onTaken(4);
      expect(bench.lane.isIdle).to.equal(true);
      expect(bench.events).to.deep.equal(['idle']);
      bench.lane.onTaken(4);
      expect(bench.events, 'a second time means nothing').to.deep.equal(['idle']);
    });

    it('is not moved by the end of another stream', async () => {
      const bench = await sent();
      bench.lane.onTaken(2);
      expect(bench.lane.isIdle).to.equal(false);
    });

    it('says when it has settled, also when the connection is lost', async () => {
      const bench = await sent();
      const settled = follow(bench.lane.whenSettled());
      await turns(2);
      expect(settled.outcome).to.equal(undefined);
      bench.lane.onTaken(4);
      await turns(1);
      expect(settled.outcome).to.deep.equal({ value: undefined });
      const other = await sent();
      const lost = follow(other.lane.whenSettled());
      other.close();
      await turns(1);
      expect(lost.outcome).to.deep.equal({ value: undefined });
    });

    it('has settled when nothing was sent', async () => {
      await new LaneBench().lane.whenSettled();
    });

    it('F30 is given up when the peer sends something on it', async () => {
      const bench = await sent();
      bench.receive(message('a'));
      expect(bench.isEnded).to.equal(true);
    });
  });

  it('at the accepting side it is idle as soon as it has sent the end', async () => {
    const bench = new LaneBench({ isAccepted: true });
    await new SinkHalf(bench.lane.openSink(4), raw).close();
    expect(bench.lane.isIdle).to.equal(true);
    expect(bench.parent.told).to.deep.equal([]);
  });

  it('at the accepting side it tells the peer when a reader has taken the end', async () => {
    for (const [isAccepted, told] of [
      [true, [{ kind: 'stream-taken', number: 4 }]],
      [false, []],
    ] as const) {
      const bench = new LaneBench({ isAccepted });
      const half = read(bench.lane.openSource(4));
      bench.receive(count(0), EOS_FRAME);
      await turns(1);
      expect(bench.parent.told, 'nobody has taken it').to.deep.equal([]);
      expect(await half.read({})).to.equal(undefined);
      expect(bench.parent.told).to.deep.equal(told);
    }
  });

  describe('whose parent connection is gone', () => {
    const CAUSE = new Error('the parent is gone');

    it('K10 reads on what is under way, and comes to a clean end', async () => {
      const bench = new LaneBench();
      const half = read(bench.lane.openSource(4));
      bench.lane.loseParent(CAUSE, 'lost');
      expect(bench.isEnded).to.equal(true);
      bench.receive(message('a'), count(1), EOS_FRAME);
      expect(await half.read({})).to.deep.equal([Buffer.from('a')]);
      expect(await half.read({})).to.equal(undefined);
    });

    it('K10 fails the reader with the cause when the peer ends first', async () => {
      const bench = new LaneBench();
      const half = read(bench.lane.openSource(4));
      bench.lane.loseParent(CAUSE, 'lost');
      bench.socket.handlers.onEnd();
      expect((await rejectionOf(half.read({}))).cause).to.equal(CAUSE);
    });

    it('K10 fails a reader that waits when nothing comes for a while', async () => {
      const bench = new LaneBench();
      const half = read(bench.lane.openSource(4));
      const reading = half.read({});
      bench.lane.loseParent(CAUSE, 'lost');
      const { orphanTimeoutMs } = bench.parent.environment.limits;
      bench.parent.environment.clock.advance(orphanTimeoutMs);
      expect((await rejectionOf(reading)).cause).to.equal(CAUSE);
      bench.close();
      expect(bench.parent.environment.clock.pendingTimers).to.equal(0);
    });

    it('B2-5 waits longer for the rest when its server has left in order', async () => {
      const bench = new LaneBench();
      const { clock, limits } = bench.parent.environment;
      const half = read(bench.lane.openSource(4));
      const outcome = follow(half.read({}));
      bench.parent.fate.end(CAUSE, true);
      bench.lane.loseParent(CAUSE, 'lost');
      clock.advance(limits.finishTimeoutMs - 1);
      await turns(2);
      expect(outcome.outcome).to.equal(undefined);
      clock.advance(1);
      await turns(2);
      expect(outcome.outcome).to.have.nested.property('error.cause', CAUSE);
      bench.close();
      expect(clock.pendingTimers).to.equal(0);
    });

    it('K10 fails the sink with the cause', async () => {
      const bench = new LaneBench();
      const sink = new SinkHalf(bench.lane.openSink(4), raw);
      bench.lane.loseParent(CAUSE, 'lost');
      expect((await rejectionOf(sink.ended)).cause).to.equal(CAUSE);
      expect(await bench.written(), 'no end of stream').to.equal('');
      expect(bench.isEnded).to.equal(true);
    });

    for (const how of ['closed', 'aborted'] as const) {
      it(`K10 fails readers and sinks alike when it was ${how} from here`, async () => {
        const bench = new LaneBench();
        const half = read(bench.lane.openSource(4));
        bench.lane.loseParent(CAUSE, how);
        expect((await rejectionOf(half.read({}))).cause).to.equal(CAUSE);
        expect(bench.socket.calls).to.include(how === 'closed' ? 'end' : 'destroy');
      });
    }

    it('ends when it is idle', () => {
      const bench = new LaneBench();
      bench.lane.loseParent(CAUSE, 'lost');
      expect(bench.isEnded).to.equal(true);
    });
  });
});
