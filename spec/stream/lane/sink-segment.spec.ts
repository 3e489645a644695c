import { expect } from 'chai';

import { encodeError } from '../../../lib/document/error-document.ts';
import { CanceledError, ProtocolError, StreamClosedError } from '../../../lib/errors/errors.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import type { SinkSegment } from '../../../lib/stream/lane/sink-segment.ts';
import { SinkHalf } from '../../../lib/stream/half/sink-half.ts';
import {
  laneFrame,
  count,
  LaneBench,
  type LaneBenchOptions,
  message,
} from '../../support/lane-bench.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';
import { EOS_FRAME } from '../../support/wire-bytes.ts';

/** A stream that is being sent, and what goes over the wire. */
class Sending extends LaneBench {
  readonly segment: SinkSegment;
  readonly half: SinkHalf<SinkSegment>;

  constructor(options?: LaneBenchOptions) {
    super(options);
    this.segment = this.lane.openSink(4);
    this.half = new SinkHalf(this.segment, raw);
  }

  send(...texts: string[]): void {
    for (const text of texts) void this.half.send([Buffer.from(text)]);
  }

  /** Sees to it that exactly this was written. */
  async expectWritten(...frames: Buffer[]): Promise<void> {
    expect(await this.written()).to.equal(Buffer.concat(frames).toString('hex'));
  }
}

describe('SinkSegment', () => {
  it('N2 writes the messages, their count and end of stream', async () => {
    const sending = new Sending();
    sending.send('a', '', 'c');
    await sending.half.close();
    await sending.expectWritten(message('a'), message(''), message('c'), count(3), EOS_FRAME);
    await sending.half.ended;
  });

  it('N2 says of an empty stream that there were no messages', async () => {
    const sending = new Sending();
    await sending.half.close();
    await sending.expectWritten(count(0), EOS_FRAME);
  });

  it('X5 writes headers and trailers where they are written', async () => {
    const document = Buffer.from('a document');
    const sending = new Sending();
    sending.segment.writeMetadata('headers', document);
    sending.send('a');
    sending.segment.writeMetadata('trailers', document);
    await sending.half.close();
    sending.segment.writeMetadata('trailers', document);
    await sending.expectWritten(
      laneFrame({ type: 'headers', document }),
      message('a'),
      laneFrame({ type: 'trailers', document }),
      count(1),
      EOS_FRAME,
    );
  });

  it('K4 writes its error behind what was sent, and end of stream without a count', async () => {
    const sending = new Sending();
    const error = new RangeError('too much');
    sending.send('a');
    sending.half.abort(error);
    const document = encodeError(error);
    await sending.expectWritten(message('a'), laneFrame({ type: 'error', document }), EOS_FRAME);
    expect((await rejectionOf(sending.half.ended)).cause).to.equal(error);
    expect(sending.isEnded).to.equal(false);
  });

  it('B2-8 writes neither count nor error when the reader has canceled', async () => {
    const sending = new Sending();
    sending.send('a');
    const cause = new CanceledError('stream', 'why', 'remote');
    sending.segment.cancel(cause);
    sending.segment.cancel(new CanceledError('stream', 'again', 'remote'));
    await sending.expectWritten(message('a'), EOS_FRAME);
    expect((await rejectionOf(sending.half.ended, StreamClosedError)).cause).to.equal(cause);
    expect(() => sending.send('b')).to.throw(StreamClosedError);
  });

  it('writes nothing more for a cancel that crosses its end', async () => {
    const sending = new Sending();
    await sending.half.close();
    sending.segment.cancel(new CanceledError('stream', undefined, 'remote'));
    await sending.expectWritten(count(0), EOS_FRAME);
    await sending.half.ended;
  });

  it('lets go of whoever waits for room when the reader cancels', async () => {
    const sending = new Sending({ limits: { sinkBudgetBytes: 10 } });
    sending.socket.isTaking = false;
    const room = sending.half.send([Buffer.alloc(20)]);
    const waiting = follow(room ?? Promise.resolve());
    sending.segment.cancel(new CanceledError('stream', undefined, 'remote'));
    await turns(1);
    expect(waiting.outcome).to.have.property('error').that.is.instanceOf(StreamClosedError);
  });

  it('resolves its confirmation when the reader has taken the end, and rejects when that can’t be', async () => {
    const sending = new Sending();
    const confirmed = follow(sending.half.closeAndConfirm());
    await turns(2);
    expect(confirmed.outcome).to.equal(undefined);
    sending.lane.onTaken(4);
    await turns(2);
    expect(confirmed.outcome).to.deep.equal({ value: undefined });
    const other = new Sending();
    const lost = follow(other.half.closeAndConfirm());
    await turns(2);
    other.close(new Error('reset'));
    await turns(2);
    expect(lost.outcome).to.have.property('error');
  });

  it('fails, with its lane, when the peer sends something', async () => {
    const sending = new Sending();
    sending.receive(message('a'));
    const { cause } = await rejectionOf(sending.half.ended, StreamClosedError);
    expect(cause).to.be.instanceOf(ProtocolError);
    expect(sending.isEnded).to.equal(true);
  });

  it('K10 tells a server, which may never have learned of it, when its lane is lost: once', async () => {
    for (const isClosed of [false, true]) {
      const sending = new Sending();
      if (isClosed) await sending.half.close();
      sending.socket.handlers.onEnd();
      sending.close(new Error('reset'));
      expect(sending.parent.told).to.have.length(1);
      expect(sending.parent.told[0]).to.include({ kind: 'stream-refused', number: 4 });
    }
    const accepted = new Sending({ isAccepted: true });
    accepted.close(new Error('reset'));
    expect(accepted.parent.told).to.deep.equal([]);
  });

  it('F3 fails when the peer ends the connection', async () => {
    const sending = new Sending();
    sending.socket.handlers.onEnd();
    await rejectionOf(sending.half.ended, StreamClosedError);
    expect(sending.isEnded).to.equal(true);
    await sending.expectWritten();
  });
});
