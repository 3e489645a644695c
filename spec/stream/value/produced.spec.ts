import { expect } from 'chai';
import { Readable } from 'node:stream';

import { CanceledError, ClosedError, RefusedError } from '../../../lib/errors/errors.ts';
import { i32, packed } from '../../../lib/index.ts';
import { ItemHandles } from '../../../lib/stream/value/item-handles.ts';
import { PreparedStream, stream } from '../../../lib/stream/value/local-stream.ts';
import { Produced, type ProducedOwner } from '../../../lib/stream/value/produced.ts';
import { count, LaneBench } from '../../support/lane-bench.ts';
import { Counter } from '../../support/passing.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { type TestEnvironment, testEnvironment } from '../../support/test-environment.ts';
import { turns } from '../../support/turns.ts';
import { EOS_FRAME, streamFrame, u32le } from '../../support/wire-bytes.ts';

const NUMBERS = packed(i32);

/** A promised stream, whose owner and lane the test plays. */
class Promised implements ProducedOwner {
  readonly environment: TestEnvironment = testEnvironment();
  readonly itemHandles: ItemHandles = new ItemHandles({
    promise: () => this.produced,
    accept: () => ({ face: {} }),
  });
  readonly bench: LaneBench = new LaneBench({ isAccepted: true });
  readonly produced: Produced;
  forgotten = 0;
  /** What those were told who follow it. */
  readonly overs: (Error | undefined)[] = [];

  constructor(source: object, isOffered = false) {
    this.produced = new Produced(this, {
      number: 4,
      source,
      defaultSerializer: NUMBERS,
      lane: isOffered ? this.bench.lane : undefined,
    });
    this.produced.onOver = (cause) => void this.overs.push(cause);
  }

  roomForItem(): undefined {
    return undefined;
  }

  forget(produced: Produced): void {
    expect(produced).to.equal(this.produced);
    this.forgotten++;
  }

  start(): void {
    this.produced.start(this.bench.lane.openSink(4));
  }
}

describe('Produced', () => {
  it('is promised, then running, then over', async () => {
    const { produced, ...promised } = new Promised([1]);
    expect([produced.isPromised, produced.isOver]).to.deep.equal([true, false]);
    produced.start(promised.bench.lane.openSink(4));
    expect([produced.isPromised, produced.isOver]).to.deep.equal([false, false]);
    await turns(2);
    expect([produced.isPromised, produced.isOver]).to.deep.equal([false, true]);
  });

  it('sends its items over the segment, and is forgotten once', async () => {
    const promised = new Promised([1, 2]);
    promised.start();
    await turns(2);
    const frames = [streamFrame(u32le(1)), streamFrame(u32le(2)), count(2), EOS_FRAME];
    expect(await promised.bench.written()).to.equal(Buffer.concat(frames).toString('hex'));
    expect(promised.overs).to.deep.equal([undefined]);
    promised.produced.cancel({ reason: 'late', path: [] });
    promised.produced.lose(new Error('later'));
    promised.produced.abort(new Error('last'));
    expect(promised.forgotten).to.equal(1);
    expect(promised.overs).to.have.length(1);
  });

  it('has the serializer of its stream, or the default', () => {
    const bytes = packed(i32, i32);
    const local = new PreparedStream([], { serializer: bytes as never });
    expect(new Promised(local).produced.serializer).to.equal(bytes);
    expect(new Promised([]).produced.serializer).to.equal(NUMBERS);
  });

  it('has a lease from now on', () => {
    const { produced, environment } = new Promised([]);
    expect(produced.leaseUntil).to.equal(environment.limits.promiseLeaseMs);
  });

  it('L15 tells its stream how many items were sent, and that all were', async () => {
    const local = stream([1, 2, 3]);
    const sent = follow(local.whenSent);
    const promised = new Promised(local);
    expect(local.sentItems).to.equal(0);
    promised.start();
    await turns(2);
    expect(local.sentItems).to.equal(3);
    expect(sent.outcome).to.deep.equal({ value: undefined });
  });

  it('is begun at once on a lane that was offered, when the value is on its way', async () => {
    const promised = new Promised([1], true);
    await turns(1);
    expect(await promised.bench.written()).to.equal('');
    promised.produced.onPassed();
    expect(promised.produced.isPromised).to.equal(false);
    await turns(2);
    expect(promised.overs).to.deep.equal([undefined]);
    const plain = new Promised([1]);
    plain.produced.onPassed();
    expect(plain.produced.isPromised).to.equal(true);
  });

  it('K9 lets go of its source when the value was not sent', async () => {
    const readable = Readable.from([1]);
    const local = new PreparedStream(readable, {});
    const promised = new Promised(local);
    promised.produced.onUnsent();
    expect(readable.destroyed).to.equal(true);
    expect(promised.overs[0]).to.be.instanceOf(RefusedError);
    await rejectionOf(local.whenSent, RefusedError);
  });

  it('K9 ends when its call is refused, and not when it is answered', async () => {
    for (const naming of ['unnamed', 'calling', 'named'] as const) {
      const { produced } = new Promised([1]);
      produced.setNaming(naming);
      expect(produced.isOver).to.equal(false);
    }
    const readable = Readable.from([1]);
    const promised = new Promised(readable);
    promised.produced.setNaming('refused');
    expect(readable.destroyed).to.equal(true);
    expect(promised.overs[0]).to.be.instanceOf(CanceledError);
  });

  it('K9 ends with its call though it is running: the consumer gets an error', async () => {
    const counter = new Counter();
    const promised = new Promised(counter.items());
    promised.bench.socket.isTaking = false;
    promised.start();
    await turns(2);
    promised.produced.setNaming('refused');
    await turns(1);
    expect(counter.released).to.equal(1);
    expect(promised.bench.lane.isIdle, 'the lane can be used again').to.equal(true);
    expect(promised.overs[0]).to.be.instanceOf(CanceledError);
  });

  it('B2-8 ends with the consumer’s cancel: its reason and its path', async () => {
    for (const isRunning of [false, true]) {
      const counter = new Counter();
      const promised = new Promised(counter.items());
      if (isRunning) promised.start();
      await turns(1);
      const reason = new Error('seen enough');
      promised.produced.cancel({ reason, path: ['a', 'b'] });
      const [cause] = promised.overs;
      expect(cause)
        .to.be.instanceOf(CanceledError)
        .and.include({ cause: reason, initiator: 'remote' });
      expect(cause).to.have.deep.property('path', ['a', 'b']);
      await turns(1);
      expect(counter.released).to.equal(isRunning ? 1 : 0);
      expect(promised.forgotten).to.equal(1);
    }
  });

  it('K10 ends when its lane is lost, also while its producer makes the next item', async () => {
    let isReleased = false;
    const waiting = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => {
          isReleased = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const promised = new Promised(waiting);
    promised.start();
    await turns(1);
    promised.bench.close(new Error('reset'));
    await turns(1);
    expect(isReleased).to.equal(true);
    expect(promised.overs[0]).to.be.instanceOf(Error);
  });

  it('K10 ends with its connection, with the cause', () => {
    const cause = new ClosedError('the connection was lost', 'transport');
    const promised = new Promised([1]);
    promised.produced.lose(cause);
    expect(promised.overs).to.deep.equal([cause]);
    const other = new Promised([1]);
    other.produced.lose('a text');
    expect(other.overs[0]).to.be.instanceOf(ClosedError).with.property('cause', 'a text');
  });

  it('calls the hook of its end once', async () => {
    const ends: unknown[] = [];
    const local = new PreparedStream([1], {}, { onEnd: (cause) => void ends.push(cause) });
    const promised = new Promised(local);
    promised.start();
    await turns(2);
    promised.produced.lose(new Error('later'));
    expect(ends).to.deep.equal([undefined]);
  });
});
