import { expect } from 'chai';

import { decodeCancel, encodeCancel } from '../../../lib/document/cancel-document.ts';
import { encodeError } from '../../../lib/document/error-document.ts';
import { isRpcError } from '../../../lib/errors/rpc-error.ts';
import { ProtocolError, StreamClosedError } from '../../../lib/errors/errors.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import type { SourceSegment } from '../../../lib/stream/lane/source-segment.ts';
import { SourceHalf } from '../../../lib/stream/half/source-half.ts';
import {
  laneFrame,
  count,
  LaneBench,
  type LaneBenchOptions,
  message,
} from '../../support/lane-bench.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';
import { EOS_FRAME, u32le } from '../../support/wire-bytes.ts';

const DOCUMENT = Buffer.from('a document');
const HEADERS = laneFrame({ type: 'headers', document: DOCUMENT });
const TRAILERS = laneFrame({ type: 'trailers', document: DOCUMENT });
const MAX_DRAIN_BYTES = 1_048_576;

/** A stream that is being read, and the wire that it comes by. */
class Reading extends LaneBench {
  readonly segment: SourceSegment;
  readonly half: SourceHalf<[Uint8Array], SourceSegment>;
  /** What the listener was told of metadata. */
  readonly metadata: string[] = [];

  constructor(options?: LaneBenchOptions) {
    super(options);
    this.segment = this.lane.openSource(4);
    this.segment.content.metadata = {
      onHeaders: (document) =>
        void this.metadata.push(`headers: ${document?.toString() ?? 'none'}`),
      onTrailers: (document) => void this.metadata.push(`trailers: ${document.toString()}`),
      onMessage: () => {},
    };
    this.half = new SourceHalf(this.segment, raw);
  }

  /** The messages up to the end, or to an error. */
  async all(): Promise<{ texts: string[]; error: unknown }> {
    const texts: string[] = [];
    try {
      for (let next; (next = await this.half.read({})) !== undefined;) {
        texts.push(Buffer.from(next[0]).toString());
      }
    } catch (error) {
      return { texts, error };
    }
    return { texts, error: undefined };
  }
}

describe('SourceSegment', () => {
  it('gives the messages, and the end when there were as many as the count says', async () => {
    const reading = new Reading();
    reading.receive(message('a'), message(''), message('c'), count(3), EOS_FRAME);
    expect(await reading.all()).to.deep.equal({ texts: ['a', '', 'c'], error: undefined });
    await reading.half.ended;
    expect(reading.events).to.deep.equal(['idle']);
  });

  it('gives the same however the bytes are cut, alone and in batches', async () => {
    const bytes = Buffer.concat([
      HEADERS,
      message('a'),
      message('b'),
      TRAILERS,
      count(2),
      EOS_FRAME,
    ]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reading = new Reading();
      const all = reading.all();
      reading.receive(bytes.subarray(0, cut));
      await turns(1);
      reading.receive(bytes.subarray(cut));
      expect(await all).to.deep.equal({ texts: ['a', 'b'], error: undefined });
      expect(reading.metadata).to.deep.equal(['headers: a document', 'trailers: a document']);
      const batched = new Reading();
      batched.receive(bytes.subarray(0, cut));
      batched.receive(bytes.subarray(cut));
      expect(await batched.half.readBatch({})).to.have.length(2);
      expect(await batched.half.readBatch({})).to.equal(undefined);
      expect(batched.events).to.deep.equal(['idle']);
    }
  });

  for (const [what, frames, received] of [
    ['fewer messages than the count says', [message('a'), count(2)], 1],
    ['more messages than the count says', [message('a'), message('b'), count(1)], 2],
    ['no count', [message('a')], 1],
    ['neither messages nor a count', [], 0],
  ] as const) {
    it(`N2, N7 fails at an end of stream behind ${what}`, async () => {
      const reading = new Reading();
      reading.receive(...frames, EOS_FRAME);
      const { texts, error } = await reading.all();
      expect(texts).to.have.length(received);
      expect(error).to.be.instanceOf(ProtocolError);
      expect(String(error)).to.match(new RegExp(`ended after ${received} of .* messages`));
      await rejectionOf(reading.half.ended, ProtocolError);
      expect(reading.events, 'the lane is as good as before').to.deep.equal(['idle']);
    });
  }

  it('K4 gives the producer’s error as itself, behind the messages before it', async () => {
    const thrown = Object.assign(new TypeError('went wrong', { cause: new Error('inner') }), {
      code: 'E_X',
      extra: { a: 1 },
    });
    const reading = new Reading();
    const failed = laneFrame({ type: 'error', document: encodeError(thrown) });
    reading.receive(message('a'), failed, EOS_FRAME);
    const { texts, error } = await reading.all();
    expect(texts).to.deep.equal(['a']);
    expect(error).to.be.instanceOf(TypeError).and.include({ message: 'went wrong', code: 'E_X' });
    expect(error).to.have.deep.property('extra', { a: 1 });
    expect(error).to.have.nested.property('cause.message', 'inner');
    expect(isRpcError(error)).to.equal(false);
    expect(reading.events).to.deep.equal(['idle']);
  });

  it('K4 gives an error that does not decode as one that says so', async () => {
    const reading = new Reading();
    reading.receive(laneFrame({ type: 'error', document: Buffer.from('no document') }), EOS_FRAME);
    expect((await reading.all()).error).to.be.instanceOf(ProtocolError);
  });

  describe('metadata', () => {
    it('X5 tells of headers ahead of the first message, and that there are none', async () => {
      const reading = new Reading();
      reading.receive(HEADERS, message('a'), message('b'));
      await reading.half.read({});
      expect(reading.metadata).to.deep.equal(['headers: a document']);
      const bare = new Reading();
      bare.receive(message('a'), message('b'));
      await bare.half.readBatch({});
      expect(bare.metadata).to.deep.equal(['headers: none']);
    });

    it('X5 tells of headers while nobody reads, as soon as they are known', () => {
      const reading = new Reading();
      reading.receive(HEADERS.subarray(0, 10));
      expect(reading.metadata).to.deep.equal([]);
      reading.receive(HEADERS.subarray(10));
      expect(reading.metadata).to.deep.equal(['headers: a document']);
      for (const first of [message('a'), Buffer.concat([count(0), EOS_FRAME])]) {
        const bare = new Reading();
        bare.receive(first);
        expect(bare.metadata).to.deep.equal(['headers: none']);
      }
    });

    it('gives what stood behind headers that nobody waited for', async () => {
      const reading = new Reading();
      reading.receive(message('a'));
      reading.receive(message('b'), count(2), EOS_FRAME);
      expect(await reading.all()).to.deep.equal({ texts: ['a', 'b'], error: undefined });
      const empty = new Reading();
      empty.receive(count(0), EOS_FRAME);
      expect(await empty.all()).to.deep.equal({ texts: [], error: undefined });
      expect(empty.events).to.deep.equal(['idle']);
    });

    it('fails at once what is malformed where headers are looked for', async () => {
      const reading = new Reading();
      reading.receive(laneFrame({ type: 'consume', number: 9 }));
      expect(reading.isEnded).to.equal(true);
      expect((await reading.all()).error).to.be.instanceOf(StreamClosedError);
    });
  });

  const misplaced: readonly [what: string, frames: readonly Buffer[]][] = [
    ['headers twice', [HEADERS, HEADERS]],
    ['headers behind a message', [message('a'), HEADERS]],
    ['headers behind trailers', [TRAILERS, HEADERS]],
    ['headers behind the count', [count(0), HEADERS]],
    ['trailers twice', [TRAILERS, TRAILERS]],
    ['trailers behind the count', [count(0), TRAILERS]],
    ['a message behind trailers', [TRAILERS, message('a')]],
    ['a message behind the count', [count(1), message('a')]],
    ['a second count', [count(0), count(0)]],
    ['an error behind the count', [count(0), laneFrame({ type: 'error', document: DOCUMENT })]],
    ['a count behind an error', [laneFrame({ type: 'error', document: DOCUMENT }), count(0)]],
    ['a stream within it', [laneFrame({ type: 'produce', number: 6 })]],
    ['a demand within it', [laneFrame({ type: 'consume', number: 6 })]],
    ['a lane frame that must be known', [u32le(0xffff_fffe), u32le(1), Buffer.of(200)]],
    ['a lane frame that is too long', [u32le(0xffff_fffe), u32le(65_537)]],
    ['a count of 4 bytes', [u32le(0xffff_fffe), u32le(5), Buffer.of(6, 0, 0, 0, 0)]],
  ];
  for (const [what, frames] of misplaced) {
    it(`fails, and closes its lane, at ${what}`, async () => {
      const reading = new Reading();
      reading.receive(...frames);
      const { error } = await reading.all();
      expect(error).to.be.instanceOf(StreamClosedError).with.property('initiator', 'remote');
      expect((error as Error).cause).to.be.instanceOf(ProtocolError);
      expect(reading.isEnded).to.equal(true);
      expect(reading.events).to.deep.equal([]);
    });
  }

  it('passes over lane frames of later versions anywhere', async () => {
    const later = Buffer.concat([u32le(0xffff_fffe), u32le(2), Buffer.of(99, 1)]);
    const reading = new Reading();
    reading.receive(later, HEADERS, later, message('a'), later, count(1), later, EOS_FRAME);
    expect(await reading.all()).to.deep.equal({ texts: ['a'], error: undefined });
  });

  describe('when the connection ends', () => {
    const bytes = Buffer.concat([HEADERS, message('abc'), TRAILERS, count(1), EOS_FRAME]);

    it('F2, F3 fails at every offset but the last, after what came whole, and never ends', async () => {
      const whole = HEADERS.length + message('abc').length;
      for (let cut = 0; cut < bytes.length; cut++) {
        const reading = new Reading();
        reading.receive(bytes.subarray(0, cut));
        reading.socket.handlers.onEnd();
        const { texts, error } = await reading.all();
        expect(texts).to.deep.equal(cut >= whole ? ['abc'] : []);
        expect(error).to.be.instanceOf(StreamClosedError);
        expect(reading.isEnded, 'nothing is left open').to.equal(true);
        await rejectionOf(reading.half.ended, StreamClosedError);
      }
    });

    it('F2 says which frame was cut', async () => {
      const reading = new Reading();
      reading.receive(message('abc').subarray(0, 5));
      reading.socket.handlers.onEnd();
      expect(String((await reading.all()).error)).to.contain(
        'unexpected eof while reading data: expected 3 got 1',
      );
    });

    it('F1 fails with the cause of a reset', async () => {
      const reading = new Reading();
      const all = reading.all();
      reading.receive(message('abc'));
      reading.close(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
      const { texts, error } = await all;
      expect(texts).to.deep.equal(['abc']);
      expect(error).to.be.instanceOf(StreamClosedError);
      expect(error).to.have.nested.property('cause.cause.code', 'ECONNRESET');
    });

    it('comes to its end though the peer has ended behind it', async () => {
      const reading = new Reading();
      reading.receive(bytes);
      reading.socket.handlers.onEnd();
      expect(await reading.all()).to.deep.equal({ texts: ['abc'], error: undefined });
      expect(reading.isEnded).to.equal(true);
      expect(reading.events, 'nothing can follow').to.deep.equal([]);
    });
  });

  describe('that is canceled', () => {
    it('K3 tells the producer why, and takes the lane for idle at the end of stream', async () => {
      const reading = new Reading();
      reading.receive(message('a'));
      reading.half.cancel(new Error('seen enough'));
      expect(reading.parent.told).to.have.length(1);
      const told = reading.parent.told[0];
      expect(told).to.include({ kind: 'stream-cancel', number: 4 });
      const { reason } = decodeCancel((told as { reason: Buffer }).reason);
      expect(reason).to.be.instanceOf(Error).with.property('message', 'seen enough');
      expect(reading.events).to.deep.equal([]);
      reading.receive(message('b'), message('c'));
      expect(reading.half.bufferedBytes).to.equal(0);
      expect(reading.events).to.deep.equal([]);
      reading.receive(EOS_FRAME);
      expect(reading.events).to.deep.equal(['idle']);
      expect((await reading.all()).error).to.be.instanceOf(StreamClosedError);
    });

    it('tells how many messages were taken, also where there is no reason', () => {
      const reading = new Reading();
      reading.half.cancel(undefined);
      expect(reading.parent.told).to.deep.equal([
        {
          kind: 'stream-cancel',
          number: 4,
          reason: encodeCancel({ reason: undefined, path: [], takenItems: 0 }),
        },
      ]);
    });

    it('is idle at once when the end of stream is there already', () => {
      for (const unread of [[message('a'), count(1)], [count(0)], []]) {
        const reading = new Reading();
        reading.receive(...unread, EOS_FRAME);
        reading.half.cancel(undefined);
        expect(reading.events).to.deep.equal(['idle']);
      }
    });

    it('does nothing when it has ended', async () => {
      const reading = new Reading();
      reading.receive(count(0), EOS_FRAME);
      await reading.all();
      reading.half.cancel(undefined);
      reading.segment.cancelSource(undefined);
      expect(reading.parent.told).to.deep.equal([]);
      expect(reading.events).to.deep.equal(['idle']);
    });

    it('K3 drops as much as the limit, and closes the lane above it', () => {
      const chunk = Buffer.concat([u32le(65_532), Buffer.alloc(65_532)]);
      for (const above of [0, 1]) {
        const reading = new Reading();
        reading.half.cancel(undefined);
        for (let bytes = 0; bytes < MAX_DRAIN_BYTES; bytes += chunk.length) reading.receive(chunk);
        expect(reading.isEnded).to.equal(false);
        if (above > 0) reading.receive(u32le(8).subarray(0, above));
        expect(reading.isEnded).to.equal(above > 0);
        if (above > 0) continue;
        reading.receive(EOS_FRAME);
        expect(reading.events).to.deep.equal(['idle']);
      }
    });

    it('does not count what is held already', () => {
      const reading = new Reading({ limits: { sourceBudgetBytes: 4_000_000 } });
      for (let held = 0; held < 2; held++) {
        reading.receive(u32le(MAX_DRAIN_BYTES), Buffer.alloc(MAX_DRAIN_BYTES));
      }
      reading.half.cancel(undefined);
      reading.receive(EOS_FRAME);
      expect(reading.events).to.deep.equal(['idle']);
    });

    it('K3 reads on while a message larger than the budget is under way, though nobody waits', () => {
      const reading = new Reading({ limits: { sourceBudgetBytes: 1_000 } });
      reading.half.read({}).catch(() => {});
      const large = Buffer.concat([u32le(5_000), Buffer.alloc(5_000)]);
      reading.receive(large.subarray(0, 2_000));
      reading.half.cancel(undefined);
      reading.receive(large.subarray(2_000, 4_000));
      expect(reading.lane.link.isPaused).to.equal(false);
      reading.receive(large.subarray(4_000), EOS_FRAME);
      expect(reading.events).to.deep.equal(['idle']);
    });

    it('ends with its lane when that is lost before the end of stream', async () => {
      const reading = new Reading();
      const waiting = follow(reading.half.read({}));
      reading.half.cancel(new Error('seen enough'));
      reading.close(new Error('reset'));
      await turns(1);
      expect(waiting.outcome).to.have.property('error').that.is.instanceOf(StreamClosedError);
      expect(reading.events).to.deep.equal(['closed']);
    });

    it('gives a lane up whose peer has ended', () => {
      const reading = new Reading();
      reading.socket.handlers.onEnd();
      reading.half.cancel(undefined);
      expect(reading.isEnded).to.equal(true);
      expect(reading.events).to.deep.equal([]);
    });

    it('closes the lane at what is no stream', () => {
      const reading = new Reading();
      reading.half.cancel(undefined);
      reading.receive(u32le(0xffff_fffe), u32le(65_537));
      expect(reading.isEnded).to.equal(true);
    });
  });

  it('leaves the lane’s next stream alone', async () => {
    const reading = new Reading();
    const waiting = reading.half.read({});
    reading.receive(count(0), EOS_FRAME);
    const next = new SourceHalf<[Uint8Array], SourceSegment>(reading.lane.openSource(6), raw);
    const nextWaiting = next.read({});
    expect(await waiting).to.equal(undefined);
    reading.segment.setSourceWaiting(false);
    reading.half.cancel(undefined);
    reading.receive(message('b'));
    expect(await nextWaiting).to.deep.equal([Buffer.from('b')]);
  });

  it('F9 refuses a message above maxStreamMessageBytes from its length', async () => {
    const reading = new Reading({ limits: { maxStreamMessageBytes: 10 } });
    reading.receive(u32le(11));
    const { error } = await reading.all();
    expect(error).to.have.nested.property('cause.option', 'maxStreamMessageBytes');
    expect(reading.isEnded).to.equal(true);
  });
});
