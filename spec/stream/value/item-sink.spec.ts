import { expect } from 'chai';

import { Deferred } from '../../../lib/base/deferred.ts';
import { decodeError } from '../../../lib/document/error-document.ts';
import type { StreamFigures } from '../../../lib/diagnostics/stream-figures.ts';
import { CanceledError } from '../../../lib/errors/errors.ts';
import { i32, packed } from '../../../lib/layout.ts';
import type { Serializer } from '../../../lib/serializer/serializer.ts';
import type { ItemSink } from '../../../lib/stream/value/item-sink.ts';
import { producerOf } from '../../../lib/stream/value/item-producer.ts';
import { Pump } from '../../../lib/stream/value/pump.ts';
import { SegmentSink } from '../../../lib/stream/value/segment-sink.ts';
import { decodeLaneFrame } from '../../../lib/wire/lane-frame.ts';
import { count, LaneBench, laneFrame } from '../../support/lane-bench.ts';
import { Counter } from '../../support/passing.ts';
import { turns } from '../../support/turns.ts';
import { EOS_FRAME, streamFrame, u32le } from '../../support/wire-bytes.ts';

const HEADERS = Buffer.from('ahead');
const TRAILERS = Buffer.from('behind');

/** Holds back whatever a pump sends until it is let through, and has room for so many items. */
class HoldingSink implements ItemSink {
  readonly serializer: Serializer;
  lastMessageBytes = 0;
  readonly #inner: SegmentSink;
  readonly #roomFor: number;
  readonly #held: (() => unknown)[] = [];
  #items = 0;
  #room: Deferred | undefined;

  constructor(inner: SegmentSink, roomFor: number) {
    this.serializer = inner.serializer;
    this.#inner = inner;
    this.#roomFor = roomFor;
  }

  get ended(): Promise<void> {
    return this.#inner.ended;
  }

  figures(): StreamFigures {
    return this.#inner.figures();
  }

  send(message: unknown[]): Promise<void> | undefined {
    this.#hold(() => {
      void this.#inner.send(message);
      this.#items--;
    });
    if (++this.#items < this.#roomFor) return undefined;
    this.#room = new Deferred();
    return this.#room.promise;
  }

  writeMetadata(type: 'headers' | 'trailers', document: Buffer): void {
    this.#hold(() => this.#inner.writeMetadata(type, document));
  }

  endBatch(): void {
    this.#hold(() => this.#inner.endBatch());
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#hold(() => this.#inner.close().then(resolve, reject));
    });
  }

  abort(reason: unknown): void {
    this.#hold(() => this.#inner.abort(reason));
  }

  cancel(cause: CanceledError): void {
    this.#held.length = 0;
    this.#inner.cancel(cause);
  }

  /** Lets so much of what is held through. */
  release(steps = Infinity): void {
    for (const step of this.#held.splice(0, steps)) step();
    if (this.#items < this.#roomFor) this.#room?.resolve();
  }

  #hold(step: () => unknown): void {
    this.#held.push(step);
  }
}

/** A pump into a sink that holds items back, in front of a lane that the test looks at. */
class Held extends LaneBench {
  readonly sink: HoldingSink;
  readonly pump: Pump;
  readonly ends: (Error | undefined)[] = [];

  constructor(source: object, roomFor: number) {
    super({ isAccepted: true });
    this.sink = new HoldingSink(new SegmentSink(this.lane.openSink(4), packed(i32)), roomFor);
    const { clock } = this.parent.environment;
    const hooks = { batchSize: 2, headers: () => HEADERS, trailers: () => TRAILERS };
    this.pump = new Pump(producerOf(source, clock), this.sink, hooks, {
      clock,
      roomForItem: () => undefined,
      onItem: () => {},
      onEnd: (cause) => void this.ends.push(cause),
    });
    this.pump.start();
  }
}

function hexOf(...frames: Buffer[]): string {
  return Buffer.concat(frames).toString('hex');
}

const AHEAD = laneFrame({ type: 'headers', document: HEADERS });
const [ITEM_0, ITEM_1, ITEM_2] = [0, 1, 2].map((number) => streamFrame(u32le(number))) as [
  Buffer,
  Buffer,
  Buffer,
];

describe('an ItemSink between a pump and a lane', () => {
  it('can hold items back, which the lane gets later and in order', async () => {
    const counter = new Counter(3);
    const held = new Held(counter.items(), 2);
    await turns(5);
    expect(counter.pulled, 'asked for no more than there is room for').to.equal(2);
    expect(await held.written()).to.equal('');
    held.sink.release(2);
    await turns(5);
    expect(await held.written()).to.equal(hexOf(AHEAD, ITEM_0));
    expect(counter.pulled).to.equal(3);
    held.sink.release();
    await turns(5);
    expect(held.ends, 'the end is held back as well').to.deep.equal([]);
    held.sink.release();
    await turns(2);
    const behind = laneFrame({ type: 'trailers', document: TRAILERS });
    const all = hexOf(AHEAD, ITEM_0, ITEM_1, ITEM_2, behind, count(3), EOS_FRAME);
    expect(await held.written()).to.equal(all);
    expect(held.ends).to.deep.equal([undefined]);
    expect(held.lane.isIdle).to.equal(true);
  });

  it('puts the producer’s error behind what it holds', async () => {
    const held = new Held(
      (function* () {
        yield 0;
        throw new RangeError('too much');
      })(),
      10,
    );
    await turns(5);
    expect(held.ends[0]).to.be.instanceOf(RangeError);
    expect(await held.written()).to.equal('');
    held.sink.release();
    const start = hexOf(AHEAD, ITEM_0);
    const written = await held.written();
    expect(written.startsWith(start)).to.equal(true);
    const frame = Buffer.from(written.slice(start.length, -EOS_FRAME.length * 2), 'hex');
    const content = decodeLaneFrame(frame.subarray(8));
    expect(content?.type === 'error' && decodeError(content.document)).to.be.instanceOf(RangeError);
    expect(held.lane.isIdle).to.equal(true);
  });

  it('drops what it holds when the consumer wants no more', async () => {
    const counter = new Counter();
    const held = new Held(counter.items(), 2);
    await turns(5);
    const cause = new CanceledError('stream', 'enough', 'remote');
    held.sink.cancel(cause);
    held.pump.cancel(cause);
    await turns(2);
    expect(await held.written()).to.equal(hexOf(EOS_FRAME));
    expect(counter.released).to.equal(1);
    expect(held.ends).to.deep.equal([cause]);
    held.sink.release();
    await turns(2);
    expect(await held.written()).to.equal(hexOf(EOS_FRAME));
  });
});
