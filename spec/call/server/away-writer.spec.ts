import { expect } from 'chai';

import { SlabPool } from '../../../lib/base/slab-pool.ts';
import type { KeptReply } from '../../../lib/call/resume/kept-reply.ts';
import { AwayWriter, LostReply } from '../../../lib/call/server/away-writer.ts';
import { patchResponseHeader, responseHeaderBytes } from '../../../lib/wire/response-frame.ts';

const HEADER_BYTES = responseHeaderBytes(true);

/** Writes replies, of which it keeps as many as the test wants. */
class Bench {
  readonly kept: KeptReply[] = [];
  readonly writer: AwayWriter;

  constructor(room = Infinity) {
    this.writer = new AwayWriter(new SlabPool(), (reply) => {
      if (this.kept.length >= room) return false;
      this.kept.push(reply);
      return true;
    });
  }

  write(messageId: number, payload: Buffer, durationUs?: number): void {
    const out = this.writer.beginFrame(HEADER_BYTES);
    out.append(payload);
    patchResponseHeader(out, true, { messageId, durationUs });
    this.writer.endFrame();
  }
}

describe('AwayWriter', () => {
  it('keeps replies with their ids, durations and bytes', () => {
    const bench = new Bench();
    bench.write(7, Buffer.from('done'), 123);
    bench.write(-8, Buffer.alloc(0));
    expect(bench.kept).to.deep.equal([
      { kind: 'reply', messageId: 7, durationUs: 123, payload: Buffer.from('done') },
      { kind: 'reply', messageId: -8, durationUs: undefined, payload: Buffer.alloc(0) },
    ]);
  });

  it('keeps a copy of large bytes, which their owner may change', () => {
    const bench = new Bench();
    const large = Buffer.alloc(50_000, 1);
    bench.write(7, large);
    large.fill(2);
    expect(bench.kept[0]?.payload.equals(Buffer.alloc(50_000, 1))).to.equal(true);
  });

  it('says so where there is no room for a result, and drops an exception without a word', () => {
    const bench = new Bench(0);
    expect(() => bench.write(7, Buffer.alloc(1))).to.throw(LostReply);
    bench.writer.writeFilled(HEADER_BYTES, (out) => {
      patchResponseHeader(out, true, { messageId: -7, durationUs: undefined });
    });
    expect(bench.kept).to.deep.equal([]);
  });

  it('forgets a reply that is taken back, and one that fails as it is written', () => {
    const bench = new Bench();
    bench.writer.beginFrame(HEADER_BYTES).append(Buffer.from('half'));
    bench.writer.rollbackFrame();
    bench.writer.rollbackFrame();
    const fail = (): never => {
      throw new Error('as asked');
    };
    expect(() => bench.writer.writeFilled(HEADER_BYTES, fail)).to.throw('as asked');
    bench.write(7, Buffer.from('whole'));
    expect(bench.kept.map(({ payload }) => payload.toString())).to.deep.equal(['whole']);
  });

  it('writes one reply at a time', () => {
    const bench = new Bench();
    bench.writer.beginFrame(HEADER_BYTES);
    expect(() => bench.writer.beginFrame(HEADER_BYTES)).to.throw('while it was being encoded');
  });
});
