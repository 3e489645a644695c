import { expect } from 'chai';

import { ByteQueue } from '../../lib/base/byte-queue.ts';
import { MessageTooLargeError } from '../../lib/errors/errors.ts';
import { CompressedFrameDecoder, maxCompressedBytes } from '../../lib/wire/compressed-frame.ts';
import { everySplit, hex } from '../support/chunks.ts';
import { feed, queueOf } from '../support/feed.ts';
import { u32le } from '../support/wire-bytes.ts';

describe('wire/compressed-frame', () => {
  it('S-W12, F10 cuts the compressor’s bytes out of any slices, empty ones too', () => {
    const bytes = hex('03000000 0102ff | 00000000 | 01000000 aa');
    for (const slices of everySplit(bytes)) {
      const queue = new ByteQueue();
      const decoder = new CompressedFrameDecoder(queue, 3, 'limit');
      const frames = feed(slices, queue, () => decoder.next());
      expect(frames.map((frame) => frame.toString('hex'))).to.deep.equal(['0102ff', '', 'aa']);
      expect(decoder.cutFrame).to.equal(undefined);
    }
  });

  it('F2 says what an end just now would cut', () => {
    const queue = new ByteQueue();
    const decoder = new CompressedFrameDecoder(queue, 3, 'limit');
    expect(decoder.cutFrame).to.equal(undefined);
    queue.append(hex('0200'));
    expect(decoder.next()).to.equal(undefined);
    expect(decoder.cutFrame).to.equal('while reading header: expected 4 got 2');
    queue.append(hex('0000 ca'));
    expect(decoder.next()).to.equal(undefined);
    expect(decoder.cutFrame).to.equal('while reading data: expected 2 got 1');
  });

  it('S-W12, E2 takes a frame of the limit and refuses one byte more from its length', () => {
    const limit = 1000;
    for (const bytes of [limit - 1, limit]) {
      const queue = queueOf(Buffer.concat([u32le(bytes), Buffer.alloc(bytes)]));
      expect(new CompressedFrameDecoder(queue, limit, 'limit').next()).to.have.length(bytes);
    }
    const decoder = new CompressedFrameDecoder(queueOf(u32le(limit + 1)), limit, 'someOption');
    expect(() => decoder.next())
      .to.throw(MessageTooLargeError)
      .and.include({
        limitBytes: limit,
        option: 'someOption',
        scope: 'connection',
        initiator: 'remote',
      });
  });

  it('drops the rest of a frame above the limit as it comes, once its start was taken', () => {
    const queue = queueOf(hex('06000000 010203'));
    const decoder = new CompressedFrameDecoder(queue, 3, 'limit');
    expect(decoder.oversizedBytes).to.equal(6);
    expect(decoder.skipRest(), 'nothing was taken yet').to.equal(true);
    expect(decoder.takeStart(6, 4)).to.equal(undefined);
    queue.append(hex('04'));
    expect(decoder.takeStart(6, 4)).to.deep.equal(hex('01020304'));
    expect(decoder.skipRest()).to.equal(false);
    expect(decoder.cutFrame).to.equal('while reading data: expected 6 got 4');
    queue.append(hex('05'));
    expect(decoder.skipRest()).to.equal(false);
    expect(decoder.cutFrame).to.equal('while reading data: expected 6 got 5');
    queue.append(hex('06 02000000 aabb'));
    expect(decoder.skipRest()).to.equal(true);
    expect(decoder.oversizedBytes).to.equal(undefined);
    expect(decoder.skipRest(), 'all was dropped').to.equal(true);
    expect(decoder.next()).to.deep.equal(hex('aabb'));
  });

  it('S-W12 allows for data that does not compress, and for the headers of its chunks', () => {
    expect(maxCompressedBytes(0)).to.equal(1024);
    expect(maxCompressedBytes(255)).to.equal(255 + 1 + 20 + 1024);
    expect(maxCompressedBytes(65_537)).to.equal(65_537 + 258 + 3 * 20 + 1024);
    expect(maxCompressedBytes(16_777_216)).to.be.within(16_777_216 * 1.0045, 16_777_216 * 1.0047);
  });

  it('takes a frame of the limit for none that is too large', () => {
    for (const [start, oversizedBytes] of [
      ['030000', undefined],
      ['03000000', undefined],
      ['04000000', 4],
    ] as const) {
      const decoder = new CompressedFrameDecoder(queueOf(hex(start)), 3, 'limit');
      expect(decoder.oversizedBytes).to.equal(oversizedBytes);
    }
  });

  it('gathers a large frame ahead, but not what is to be dropped', () => {
    const queue = queueOf(Buffer.concat([u32le(100_000), hex('01')]));
    const decoder = new CompressedFrameDecoder(queue, 100_000, 'limit');
    decoder.prepare();
    expect(queue.readInto()?.length).to.be.at.least(99_999);
    const refused = queueOf(Buffer.concat([u32le(100_001), hex('01'), u32le(90_000)]));
    const refusing = new CompressedFrameDecoder(refused, 100_000, 'limit');
    refusing.takeStart(100_001, 1);
    refusing.prepare();
    expect(refused.readInto()).to.equal(undefined);
  });
});
