import { expect } from 'chai';
import { Readable } from 'node:stream';

import { CanceledError, ClosedError, RefusedError } from '../../../lib/errors/errors.ts';
import { i32, packed } from '../../../lib/layout.ts';
import { unsent } from '../../../lib/stream/half/named-stream.ts';
import { KeptMemory } from '../../../lib/stream/resume/kept-memory.ts';
import { ItemHandles } from '../../../lib/stream/value/item-handles.ts';
import { LocalValueStream, stream } from '../../../lib/stream/value/local-value-stream.ts';
import { Produced } from '../../../lib/stream/value/produced.ts';
import type { ProducedOwner } from '../../../lib/stream/value/produced-owner.ts';
import { count, LaneBench } from '../../support/lane-bench.ts';
import { Counter } from '../../support/passing.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { type TestEnvironment, testEnvironment } from '../../support/test-environment.ts';
import { turns } from '../../support/turns.ts';
import { EOS_FRAME, streamFrame, u32le } from '../../support/wire-bytes.ts';

const NUMBERS = packed(i32);

/** A value stream, whose owner and lane the test plays. */
class Offered implements ProducedOwner {
  readonly environment: TestEnvironment = testEnvironment({}, { serializer: NUMBERS });
  readonly itemHandles: ItemHandles = new ItemHandles({
    offer: () => this.produced,
    accept: () => ({ stream: {} }),
  });
  readonly memory: KeptMemory = new KeptMemory();
  readonly bench: LaneBench = new LaneBench({ isAccepted: true });
  readonly produced: Produced;
  forgotten = 0;
  /** What those were told who follow it. */
  readonly overs: (Error | undefined)[] = [];

  constructor(source: object, isOffered = false) {
    this.produced = new Produced(this, 4, source, {
      outer: undefined,
      begun: isOffered ? { number: 4, lane: this.bench.lane } : undefined,
    });
    this.produced.onOver = (cause) => void this.overs.push(cause);
  }

  roomForItem(): undefined {
    return undefined;
  }

  abortFrom(): void {
    expect.fail('a plain stream does not begin again');
  }

  abortWithin(number: number): void {
    expect(number).to.equal(4);
  }

  remove(produced: Produced): void {
    expect(produced).to.equal(this.produced);
    this.forgotten++;
  }

  start(): void {
    this.produced.start(this.bench.lane.openSink(4));
  }
}

describe('Produced', () => {
  it('is promised, then running, then over', async () => {
    const { produced, ...offered } = new Offered([1]);
    expect([produced.isOffered, produced.isOver]).to.deep.equal([true, false]);
    produced.start(offered.bench.lane.openSink(4));
    expect([produced.isOffered, produced.isOver]).to.deep.equal([false, false]);
    await turns(2);
    expect([produced.isOffered, produced.isOver]).to.deep.equal([false, true]);
  });

  it('sends its items over the segment, and is forgotten once', async () => {
    const offered = new Offered([1, 2]);
    offered.start();
    await turns(2);
    const frames = [streamFrame(u32le(1)), streamFrame(u32le(2)), count(2), EOS_FRAME];
    expect(await offered.bench.written()).to.equal(Buffer.concat(frames).toString('hex'));
    expect(offered.overs).to.deep.equal([undefined]);
    offered.produced.cancel({ reason: 'late', path: [] });
    offered.produced.lose(new Error('later'));
    offered.produced.abort(new Error('last'));
    expect(offered.forgotten).to.equal(1);
    expect(offered.overs).to.have.length(1);
  });

  it('L11 is refused as a real-time stream by a reader below version 3, or is a plain one if that will do', async () => {
    const refused = new Offered(stream([1, 2], { realTime: true, serializer: NUMBERS }));
    refused.start();
    await turns(2);
    const text = 'a real-time stream needs version 3 of our extension';
    expect(Buffer.from(await refused.bench.written(), 'hex').toString()).to.include(text);
    expect(refused.overs[0]).to.have.property('code', 'ERR_UNSUPPORTED');
    const plain = new Offered(stream([1, 2], { realTime: 'if-possible', serializer: NUMBERS }));
    plain.start();
    await turns(2);
    const frames = [streamFrame(u32le(1)), streamFrame(u32le(2)), count(2), EOS_FRAME];
    expect(await plain.bench.written()).to.equal(Buffer.concat(frames).toString('hex'));
  });

  it('has the serializer of its stream, or the default', () => {
    const bytes = packed(i32, i32);
    const local = new LocalValueStream([], { serializer: bytes as never });
    expect(new Offered(local).produced.serializer).to.equal(bytes);
    expect(new Offered([]).produced.serializer).to.equal(NUMBERS);
  });

  it('has a lease from now on', () => {
    const { produced, environment } = new Offered([]);
    expect(produced.leaseUntil).to.equal(environment.limits.promiseLeaseMs);
  });

  it('L15 tells its stream how many items were sent, and that all were', async () => {
    const local = stream([1, 2, 3]);
    const sent = follow(local.whenSent);
    const offered = new Offered(local);
    expect(local.sentItems).to.equal(0);
    offered.start();
    await turns(2);
    expect(local.sentItems).to.equal(3);
    expect(sent.outcome).to.deep.equal({ value: undefined });
  });

  it('is begun at once on a lane that was offered, when the value is on its way', async () => {
    const offered = new Offered([1], true);
    await turns(1);
    expect(await offered.bench.written()).to.equal('');
    offered.produced.onPassed();
    expect(offered.produced.isOffered).to.equal(false);
    await turns(2);
    expect(offered.overs).to.deep.equal([undefined]);
    const plain = new Offered([1]);
    plain.produced.onPassed();
    expect(plain.produced.isOffered).to.equal(true);
  });

  it('K9 lets go of its source when the value was not sent', async () => {
    const readable = Readable.from([1]);
    const local = new LocalValueStream(readable, {});
    const offered = new Offered(local);
    offered.produced.onUnsent(unsent());
    expect(readable.destroyed).to.equal(true);
    expect(offered.overs[0]).to.be.instanceOf(RefusedError);
    await rejectionOf(local.whenSent, RefusedError);
  });

  it('K9 ends when its call is refused, and not when it is answered', async () => {
    for (const naming of ['unnamed', 'calling', 'named'] as const) {
      const { produced } = new Offered([1]);
      produced.setNaming(naming);
      expect(produced.isOver).to.equal(false);
    }
    const readable = Readable.from([1]);
    const offered = new Offered(readable);
    offered.produced.setNaming('refused');
    expect(readable.destroyed).to.equal(true);
    expect(offered.overs[0]).to.be.instanceOf(CanceledError);
  });

  it('K9 ends with its call though it is running: the consumer gets an error', async () => {
    const counter = new Counter();
    const offered = new Offered(counter.items());
    offered.bench.socket.isTaking = false;
    offered.start();
    await turns(2);
    offered.produced.setNaming('refused');
    await turns(1);
    expect(counter.released).to.equal(1);
    expect(offered.bench.lane.isIdle, 'the lane can be used again').to.equal(true);
    expect(offered.overs[0]).to.be.instanceOf(CanceledError);
  });

  it('B2-8 ends with the consumer’s cancel: its reason and its path', async () => {
    for (const isRunning of [false, true]) {
      const counter = new Counter();
      const offered = new Offered(counter.items());
      if (isRunning) offered.start();
      await turns(1);
      const reason = new Error('seen enough');
      offered.produced.cancel({ reason, path: ['a', 'b'] });
      const [cause] = offered.overs;
      expect(cause)
        .to.be.instanceOf(CanceledError)
        .and.include({ cause: reason, initiator: 'remote' });
      expect(cause).to.have.deep.property('path', ['a', 'b']);
      await turns(1);
      expect(counter.released).to.equal(isRunning ? 1 : 0);
      expect(offered.forgotten).to.equal(1);
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
    const offered = new Offered(waiting);
    offered.start();
    await turns(1);
    offered.bench.close(new Error('reset'));
    await turns(1);
    expect(isReleased).to.equal(true);
    expect(offered.overs[0]).to.be.instanceOf(Error);
  });

  it('K10 ends with its connection, with the cause', () => {
    const cause = new ClosedError('the connection was lost', 'transport');
    const offered = new Offered([1]);
    offered.produced.lose(cause);
    expect(offered.overs).to.deep.equal([cause]);
    const other = new Offered([1]);
    other.produced.lose('a text');
    expect(other.overs[0]).to.be.instanceOf(ClosedError).with.property('cause', 'a text');
  });

  it('calls the hook of its end once', async () => {
    const ends: unknown[] = [];
    const local = new LocalValueStream([1], {}, { onEnd: (cause) => void ends.push(cause) });
    const offered = new Offered(local);
    offered.start();
    await turns(2);
    offered.produced.lose(new Error('later'));
    expect(ends).to.deep.equal([undefined]);
  });
});
