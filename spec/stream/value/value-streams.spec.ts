import { expect } from 'chai';
import { Readable } from 'node:stream';

import { decodeError } from '../../../lib/document/error-document.ts';
import { encodeCancel } from '../../../lib/document/cancel-document.ts';
import {
  CanceledError,
  ClosedError,
  RefusedError,
  StreamNotFoundError,
} from '../../../lib/errors/errors.ts';
import { type Limits, stream } from '../../../lib/index.ts';
import { bson, raw } from '../../../lib/layout.ts';
import { UnderWay } from '../../../lib/base/under-way.ts';
import type { Lane } from '../../../lib/stream/lane/lane.ts';
import type { Lanes } from '../../../lib/stream/lane/lanes.ts';
import type { SinkSegment } from '../../../lib/stream/lane/sink-segment.ts';
import type { SourceSegment } from '../../../lib/stream/lane/source-segment.ts';
import { LocalValueStream } from '../../../lib/stream/value/local-value-stream.ts';
import type { Produced } from '../../../lib/stream/value/produced.ts';
import { ValueStreams } from '../../../lib/stream/value/value-streams.ts';
import type { RemoteValueStream } from '../../../lib/stream/value/remote-value-stream.ts';
import { LaneBench, TestParent } from '../../support/lane-bench.ts';
import { Counter } from '../../support/passing.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { testEnvironment } from '../../support/test-environment.ts';
import type { ResumePoint } from '../../../lib/wire/resume-point.ts';
import { turns } from '../../support/turns.ts';

const LEASE_MS = 9_000;

/** A number that an accepting side has not asked its client for. */
const UNASKED = 1_000;

/** The value streams of one side, whose parent, lanes and peer the test plays. */
class Side {
  readonly parent: TestParent;
  readonly streams: ValueStreams;
  /** What was asked of the lanes, in order. */
  readonly asked: unknown[] = [];
  /** Lanes by the id that they are offered by. */
  readonly idle: Map<bigint, Lane> = new Map<bigint, Lane>();
  failure: Error | undefined;
  readonly underWay: UnderWay = new UnderWay();

  constructor(limits: Partial<Limits> = {}, role: Lanes['role'] = 'dialing') {
    this.parent = new TestParent(
      testEnvironment({ promiseLeaseMs: LEASE_MS, ...limits }, { serializer: raw }),
    );
    this.streams = new ValueStreams(this.parent.environment, this.parent.leaks);
    this.streams.attach({
      peer: this.parent,
      lanes: this.lanes(role),
      produced: this.underWay,
    });
  }

  /** Lanes of a connection, which write down what they are asked. */
  lanes(role: Lanes['role']): Lanes {
    const { asked } = this;
    const consume = (number: number): SourceSegment => {
      asked.push(['consume', number]);
      return new LaneBench({ parent: this.parent }).lane.openSource(number);
    };
    const resume = (segment: SourceSegment, point: ResumePoint): Promise<SourceSegment> => {
      asked.push(['resume', point]);
      return Promise.resolve(new LaneBench({ parent: this.parent }).lane.adoptSource(segment));
    };
    if (role === 'accepting') {
      return {
        role,
        consume,
        resume,
        isAwaited: (number) => number !== UNASKED,
        part: (number, attempt) => void asked.push(['part', number, attempt]),
        refuse: (number, error) => void asked.push(['refuse', number, error.message]),
        release: (number) => void asked.push(['release', number]),
        offered: (id) => this.idle.get(id),
      };
    }
    return {
      role,
      consume,
      resume,
      produce: (number) => this.#produce(number),
      settle: (number) => void asked.push(['settle', number]),
      claim: (number) => void asked.push(['claim', number]),
      unclaim: () => undefined,
    };
  }

  openSink(number: number): SinkSegment {
    return new LaneBench({ isAccepted: true, parent: this.parent }).lane.openSink(number);
  }

  async #produce(number: number): Promise<SinkSegment> {
    this.asked.push(['produce', number]);
    await turns(1);
    if (this.failure !== undefined) throw this.failure;
    return this.openSink(number);
  }

  /** What the parent was told, by kind. */
  told(kind: string): object[] {
    return this.parent.told.filter((message) => message.kind === kind);
  }

  advance(ms: number): void {
    this.parent.environment.clock.advance(ms);
  }
}

/** A producer that nobody has asked for anything yet, and that shows whether it was let go of. */
function held(): Readable {
  return Readable.from([1]);
}

describe('ValueStreams', () => {
  describe('of our streams', () => {
    it('have even numbers that rise', () => {
      const { streams } = new Side();
      const numbers = [[], [], []].map((items) => streams.offer(items).number);
      expect(numbers).to.deep.equal([2, 4, 6]);
      expect(streams.producedCount).to.equal(3);
    });

    for (const maxPromised of [1, 3]) {
      it(`L3 are refused above maxPromised: ${maxPromised}`, () => {
        const { streams } = new Side({ maxPromised });
        const offered = Array.from({ length: maxPromised }, () => streams.offer([]));
        expect(() => streams.offer([]))
          .to.throw(RefusedError, 'limits.maxPromised')
          .that.includes({ retryable: true, initiator: 'local' });
        offered[0]?.cancel({ reason: undefined, path: [] });
        streams.offer([]);
        expect(() => streams.offer([])).to.throw(RefusedError);
      });
    }

    it('are taken by the peer once, while nobody has', () => {
      const side = new Side();
      const produced = side.streams.offer(new Counter().items());
      expect(side.streams.take(2)).to.equal(produced);
      expect(side.streams.take(4)).to.equal(undefined);
      produced.start(side.openSink(2));
      expect(side.streams.take(2)).to.equal(undefined);
      produced.lose(new Error('enough'));
    });

    it('L3 are let go of when the peer releases them', () => {
      const { streams, ...side } = new Side();
      const source = held();
      const produced = streams.offer(source);
      const overs: unknown[] = [];
      produced.onOver = (cause) => void overs.push(cause);
      const reason = encodeCancel({ reason: 'not wanted', path: ['a'] });
      expect(streams.onMainMessage({ kind: 'stream-cancel', number: 2, reason })).to.equal(true);
      expect(source.destroyed).to.equal(true);
      expect(overs[0]).to.be.instanceOf(CanceledError).with.property('cause', 'not wanted');
      expect(streams.producedCount).to.equal(0);
      expect(side.parent.told).to.deep.equal([]);
    });

    it('say when the last is over', async () => {
      const side = new Side();
      const offered = [side.streams.offer([]), side.streams.offer([])];
      const idle = follow(side.underWay.whenIdle());
      for (const produced of offered) {
        await turns(1);
        expect(idle.outcome).to.equal(undefined);
        produced.cancel({ reason: undefined, path: [] });
      }
      await turns(1);
      expect(idle.outcome).to.deep.equal({ value: undefined });
    });

    it('K10 are refused, and end, when the connection has', () => {
      const { streams, parent } = new Side();
      const source = held();
      streams.offer(source);
      const cause = new Error('the connection is gone');
      streams.end(cause);
      streams.end(new Error('again'));
      expect(source.destroyed).to.equal(true);
      expect(streams.producedCount).to.equal(0);
      expect(() => streams.offer([]))
        .to.throw(ClosedError)
        .with.property('cause', cause);
      expect(parent.environment.clock.pendingTimers).to.equal(0);
    });
  });

  describe('that are leased', () => {
    it('L3 end when the lease is over, and not before', () => {
      const side = new Side();
      const source = held();
      side.streams.offer(source);
      side.advance(LEASE_MS - 1);
      expect(source.destroyed).to.equal(false);
      side.advance(1);
      expect(source.destroyed).to.equal(true);
      expect(side.streams.producedCount).to.equal(0);
      expect(side.parent.environment.clock.pendingTimers).to.equal(0);
    });

    it('L3 end within two leases whenever they were promised', () => {
      const side = new Side();
      side.streams.offer([]);
      side.advance(1);
      const source = held();
      side.streams.offer(source);
      side.advance(LEASE_MS - 1);
      expect(source.destroyed).to.equal(false);
      side.advance(LEASE_MS);
      expect(source.destroyed).to.equal(true);
    });

    it('L3 stay as long as the peer renews them, each by its number', () => {
      const side = new Side();
      const renewed = held();
      const other = held();
      side.streams.offer(renewed);
      side.streams.offer(other);
      for (let times = 0; times < 9; times++) {
        side.advance(LEASE_MS / 3);
        side.streams.onMainMessage({ kind: 'streams-renew', numbers: [2, 100, 0] });
      }
      expect([renewed.destroyed, other.destroyed]).to.deep.equal([false, true]);
      side.advance(2 * LEASE_MS);
      expect(renewed.destroyed).to.equal(true);
    });

    it('L3 need no lease while they run', () => {
      const side = new Side();
      const produced = side.streams.offer(new Counter().items());
      const segment = side.openSink(2);
      produced.start(segment);
      side.advance(10 * LEASE_MS);
      expect(produced.isOver).to.equal(false);
      side.streams.end(new Error('enough'));
    });
  });

  describe('of the peer’s streams', () => {
    it('L3 cost nothing but a number until they are opened', () => {
      const side = new Side();
      side.streams.accept(2, bson);
      expect(side.streams.consumedCount).to.equal(1);
      expect(side.parent.told).to.deep.equal([]);
      expect(side.asked).to.deep.equal([['claim', 2]]);
    });

    it('refuse a number that is in use', () => {
      const { streams } = new Side();
      const { consumed } = streams.accept(2, bson);
      expect(() => streams.accept(2, bson)).to.throw(StreamNotFoundError);
      consumed.cancel(undefined);
      streams.accept(2, bson);
    });

    it('refuse more than maxPromised that nobody has opened', () => {
      const { streams } = new Side({ maxPromised: 2 });
      const { consumed } = streams.accept(2, bson);
      streams.accept(4, bson);
      expect(() => streams.accept(6, bson)).to.throw(RefusedError, 'limits.maxPromised');
      consumed.cancel(undefined);
      streams.accept(6, bson);
    });

    it('L3 are renewed three times a lease, until they are opened or released', async () => {
      const side = new Side();
      const { consumed } = side.streams.accept(2, bson);
      const { stream } = side.streams.accept(4, bson);
      side.advance(LEASE_MS / 3 - 1);
      expect(side.told('streams-renew')).to.deep.equal([]);
      side.advance(1);
      expect(side.told('streams-renew')).to.deep.equal([
        { kind: 'streams-renew', numbers: [2, 4] },
      ]);
      consumed.cancel(undefined);
      side.advance(LEASE_MS / 3);
      expect(side.told('streams-renew')[1]).to.deep.equal({ kind: 'streams-renew', numbers: [4] });
      // What `accept` gives the reader.
      void (stream as RemoteValueStream<unknown>).read().catch(() => {});
      await turns(2);
      side.advance(LEASE_MS);
      expect(side.told('streams-renew')).to.have.length(2);
      side.streams.end(new Error('enough'));
      expect(side.parent.environment.clock.pendingTimers).to.equal(0);
    });

    it('L3 are renewed every 10 s where their lease is long: the peer’s may be shorter', () => {
      const side = new Side({ promiseLeaseMs: 125_000 });
      side.streams.accept(2, bson);
      side.advance(9_999);
      expect(side.told('streams-renew')).to.have.length(0);
      side.advance(1);
      expect(side.told('streams-renew')).to.have.length(1);
      side.advance(30_000);
      expect(side.told('streams-renew')).to.have.length(4);
      side.streams.end(new Error('enough'));
    });

    it('L3 are renewed by 1,024 in one message', () => {
      const side = new Side();
      const numbers = Array.from({ length: 1_500 }, (_, index) => 2 * index);
      for (const number of numbers) side.streams.accept(number, bson);
      side.advance(LEASE_MS / 3);
      expect(side.told('streams-renew')).to.deep.equal([
        { kind: 'streams-renew', numbers: numbers.slice(0, 1_024) },
        { kind: 'streams-renew', numbers: numbers.slice(1_024) },
      ]);
      side.streams.end(new Error('enough'));
    });

    it('are released on the main connection, with the reason', () => {
      const side = new Side();
      side.streams.accept(2, bson).consumed.cancel('not wanted');
      expect(side.told('stream-cancel')).to.deep.equal([
        {
          kind: 'stream-cancel',
          number: 2,
          reason: encodeCancel({ reason: 'not wanted', path: [] }),
        },
      ]);
      expect(side.streams.consumedCount).to.equal(0);
    });

    it('K10 fail when the connection ends, and when it has', async () => {
      const side = new Side();
      const before = side.streams.accept(2, bson).consumed;
      const cause = new Error('the connection is gone');
      side.streams.end(cause);
      const after = side.streams.accept(4, bson).consumed;
      for (const consumed of [before, after]) {
        expect((await rejectionOf(consumed.open())).cause).to.equal(cause);
      }
      before.cancel('not wanted');
      expect(side.parent.told, 'there is nobody to tell').to.deep.equal([]);
      expect(side.parent.environment.clock.pendingTimers).to.equal(0);
    });
  });

  describe('whose server asks for a stream', () => {
    it('open it, and start it there', async () => {
      const side = new Side();
      const counter = new Counter(1);
      side.streams.offer(counter.items());
      side.streams.onMainMessage({ kind: 'stream-open', number: 2 });
      await turns(3);
      expect(side.asked).to.deep.equal([['produce', 2]]);
      expect(counter.pulled).to.equal(1);
      expect(side.parent.told).to.deep.equal([]);
    });

    it('K8 refuse one that they don’t know, or that was asked for before', async () => {
      const side = new Side();
      const produced = side.streams.offer(new Counter().items());
      produced.start(side.openSink(2));
      for (const number of [2, 4]) side.streams.onMainMessage({ kind: 'stream-open', number });
      await turns(2);
      expect(side.asked).to.deep.equal([]);
      const refused = side.told('stream-refused') as { number: number; reason: Buffer }[];
      expect(refused.map(({ number }) => number)).to.deep.equal([2, 4]);
      expect(decodeError(refused[0]!.reason)).to.include({ code: 'ERR_STREAM_NOT_FOUND' });
      side.streams.end(new Error('enough'));
    });

    it('refuse it when no lane can be had, and let go of it', async () => {
      const side = new Side();
      side.failure = new RefusedError('as many as limits.maxChildren allows', {
        initiator: 'local',
      });
      const source = held();
      side.streams.offer(source);
      side.streams.onMainMessage({ kind: 'stream-open', number: 2 });
      await turns(3);
      const [refused] = side.told('stream-refused') as { reason: Buffer }[];
      expect(decodeError(refused!.reason).message).to.contain('limits.maxChildren');
      expect(source.destroyed).to.equal(true);
      expect(side.streams.producedCount).to.equal(0);
    });

    it('E1-floods open one lane for a stream that is asked for again and again', async () => {
      const side = new Side();
      side.streams.offer([1]);
      for (let count = 0; count < 100; count++) {
        side.streams.onMainMessage({ kind: 'stream-open', number: 2 });
      }
      await turns(3);
      expect(side.asked).to.deep.equal([['produce', 2]]);
      expect(side.told('stream-refused')).to.deep.equal([]);
      side.streams.end(new Error('enough'));
    });

    it('E1-floods answer with the same bytes, made once, who asks for what is not there', () => {
      const side = new Side();
      for (let number = 100; number < 104; number++) {
        side.streams.onMainMessage({ kind: 'stream-open', number });
      }
      const refused = side.told('stream-refused') as { reason: Buffer }[];
      expect(new Set(refused.map(({ reason }) => reason)).size).to.equal(1);
      expect(decodeError(refused[0]!.reason)).to.include({ code: 'ERR_STREAM_NOT_FOUND' });
    });

    it('end it over its lane when it was canceled while that was opened', async () => {
      const side = new Side();
      const produced = side.streams.offer([1]);
      side.streams.onMainMessage({ kind: 'stream-open', number: 2 });
      produced.cancel({ reason: undefined, path: [] });
      await turns(3);
      expect(side.streams.producedCount).to.equal(0);
      expect(side.parent.told).to.deep.equal([]);
    });
  });

  it('refuse a client that asks for a stream on no lane, and let go of it', async () => {
    const side = new Side({}, 'accepting');
    const source = held();
    side.streams.offer(source);
    side.streams.onMainMessage({ kind: 'stream-open', number: 2 });
    await turns(1);
    const [refused] = side.told('stream-refused') as { reason: Buffer }[];
    expect(decodeError(refused!.reason).message).to.contain('the client opens');
    expect(source.destroyed).to.equal(true);
  });

  it('E1-memory let go of what they wait for when its reader gives up, and tell the peer', () => {
    const side = new Side({}, 'accepting');
    side.streams.accept(2, bson).consumed.cancel('enough');
    expect(side.asked).to.deep.equal([['release', 2]]);
    expect(side.told('stream-cancel')).to.have.length(1);
  });

  it('E1-floods read no document of a refusal or a cancel that concerns nothing', () => {
    const { streams, asked } = new Side({}, 'accepting');
    const unread = Buffer.alloc(100);
    Object.defineProperty(unread, 'length', {
      get: () => {
        throw new Error('the document was read');
      },
    });
    streams.onMainMessage({ kind: 'stream-refused', number: UNASKED, reason: unread });
    streams.onMainMessage({ kind: 'stream-cancel', number: UNASKED, reason: unread });
    expect(asked).to.deep.equal([]);
  });

  it('pass on what concerns the lanes', () => {
    const { streams, asked } = new Side();
    const accepting = new Side({}, 'accepting');
    for (const message of [
      { kind: 'stream-taken', number: 2 },
      { kind: 'stream-refused', number: 4, reason: Buffer.alloc(0) },
    ] as const) {
      expect(streams.onMainMessage(message)).to.equal(true);
      expect(accepting.streams.onMainMessage(message)).to.equal(true);
    }
    expect(asked).to.deep.equal([['settle', 2]]);
    expect(accepting.asked).to.have.length(1);
    expect(accepting.asked[0]).to.have.property('1', 4);
    expect(streams.onMainMessage({ kind: 'ping', number: 1 })).to.equal(false);
    expect(streams.onMainMessage({ kind: 'canceled', streamId: 1n })).to.equal(false);
  });

  it('ignore words about streams that are not there', async () => {
    const side = new Side();
    const { streams } = side;
    const reason = Buffer.from('no document');
    for (let number = 0; number < 100; number++) {
      streams.onMainMessage({ kind: 'stream-cancel', number, reason });
      streams.onMainMessage({ kind: 'streams-renew', numbers: [number] });
    }
    await turns(1);
    expect([streams.producedCount, streams.consumedCount]).to.deep.equal([0, 0]);
    expect(side.parent.told).to.deep.equal([]);
    expect(side.parent.environment.clock.pendingTimers).to.equal(0);
  });

  describe('of an offered lane', () => {
    function offer(side: Side, number: number, id = 9n): Produced {
      return side.streams.offer(new LocalValueStream([1], {}, { offer: { lane: id, number } }));
    }

    it('have the number that the client chose, and begin on it', async () => {
      const side = new Side({}, 'accepting');
      const bench = new LaneBench({ isAccepted: true, parent: side.parent });
      side.idle.set(9n, bench.lane);
      const produced = offer(side, 5);
      expect(produced.number).to.equal(5);
      produced.onPassed();
      await turns(2);
      expect(produced.isOver).to.equal(true);
      expect(await bench.written()).not.to.equal('');
    });

    it('have one of ours when the lane is not idle, or the number is none for clients', () => {
      const side = new Side({}, 'accepting');
      expect(offer(side, 5).number, 'no such lane').to.equal(2);
      side.idle.set(9n, new LaneBench({ isAccepted: true, parent: side.parent }).lane);
      expect(offer(side, 6).number, 'an even number').to.equal(4);
      expect(offer(side, 7).number).to.equal(7);
      expect(offer(side, 7).number, 'in use').to.equal(6);
      side.streams.end(new Error('enough'));
    });
  });

  describe('whose connection is replaced', () => {
    it('go on with their numbers on the next one', async () => {
      const side = new Side();
      const { streams } = side;
      const first = new Counter(1);
      expect(streams.offer(first.items()).number).to.equal(2);
      expect(streams.takeOfferNumber()).to.equal(1);
      streams.detach();
      const next = new Side();
      streams.attach({ peer: next.parent, lanes: next.lanes('dialing') });
      expect(streams.offer([]).number).to.equal(4);
      expect(streams.takeOfferNumber()).to.equal(3);
      streams.onMainMessage({ kind: 'stream-open', number: 2 });
      await turns(3);
      expect(first.pulled).to.equal(1);
      expect([side.asked, next.asked]).to.deep.equal([[], [['produce', 2]]]);
      streams.onMainMessage({ kind: 'stream-open', number: 6 });
      await turns(1);
      expect(side.parent.told).to.deep.equal([]);
      expect(next.told('stream-refused')).to.have.length(1);
      streams.end(new Error('enough'));
    });

    it('let a reader wait for the next one, which opens what was offered on the first', async () => {
      const side = new Side();
      const { stream: items } = side.streams.accept(2, bson);
      side.streams.detach();
      const reading = follow((items as RemoteValueStream<unknown>).read());
      await turns(2);
      expect([side.asked, reading.outcome]).to.deep.equal([[['claim', 2]], undefined]);
      const next = new Side();
      side.streams.attach({ peer: next.parent, lanes: next.lanes('dialing') });
      await turns(2);
      expect(next.asked).to.deep.equal([['consume', 2]]);
      (items as RemoteValueStream<unknown>).cancel();
    });

    it('reject a reader that waits when the session ends', async () => {
      const side = new Side();
      const { stream: items } = side.streams.accept(2, bson);
      side.streams.detach();
      const reading = (items as RemoteValueStream<unknown>).read();
      const cause = new Error('gone for good');
      side.streams.end(cause);
      expect((await rejectionOf(reading)).cause).to.equal(cause);
      side.streams.attach({ peer: side.parent, lanes: side.lanes('dialing') });
      expect(side.streams.isUsable, 'after the end').to.equal(false);
    });

    it('L3 let no lease run meanwhile, and renew none', () => {
      const side = new Side();
      const source = held();
      side.streams.offer(source);
      side.streams.accept(2, bson);
      side.advance(LEASE_MS - 1);
      const renewals = side.told('streams-renew').length;
      side.streams.detach();
      side.advance(10 * LEASE_MS);
      expect(source.destroyed).to.equal(false);
      expect(side.told('streams-renew')).to.have.length(renewals);
      expect(side.parent.environment.clock.pendingTimers).to.equal(0);
      side.streams.attach({ peer: side.parent, lanes: side.lanes('dialing') });
      side.advance(LEASE_MS);
      expect(side.told('streams-renew')).to.have.length(renewals + 3);
      expect(source.destroyed).to.equal(true);
      side.streams.end(new Error('enough'));
    });

    it('are counted by the one that they travel with', () => {
      const side = new Side();
      const [first, second] = [new UnderWay(), new UnderWay()];
      const lanes = side.lanes('dialing');
      side.streams.attach({ peer: side.parent, lanes, produced: first, consumed: first });
      const produced = side.streams.offer([]);
      const { consumed } = side.streams.accept(2, bson);
      side.streams.accept(4, bson);
      expect(first.count).to.equal(3);
      side.streams.attach({ peer: side.parent, lanes, produced: second, consumed: second });
      expect([first.count, second.count]).to.deep.equal([0, 3]);
      consumed.cancel('not wanted');
      produced.lose(new Error('enough'));
      expect(second.count).to.equal(1);
      side.streams.end(new Error('enough'));
      expect(second.count).to.equal(0);
    });

    it('tell nobody of what is left in between', () => {
      const side = new Side();
      const { consumed } = side.streams.accept(2, bson);
      side.streams.detach();
      consumed.cancel('not wanted');
      side.streams.onMainMessage({ kind: 'stream-open', number: 8 });
      expect(side.parent.told).to.deep.equal([]);
    });
  });

  it('L15 of a stream that was never sent to its end say so to its owner', async () => {
    const side = new Side();
    const local = stream([1]);
    side.streams.offer(local);
    side.advance(LEASE_MS);
    await rejectionOf(local.whenSent, StreamNotFoundError);
  });
});
