import { expect } from 'chai';

import { ByteQueue } from '../../lib/base/byte-queue.ts';
import {
  makeResponseDecoder,
  patchResponseHeader,
  responseHeaderBytes,
  takeResponseHeader,
} from '../../lib/wire/response-frame.ts';
import { everySplit, hex } from '../support/chunks.ts';
import { feed, frameHex, queueOf } from '../support/feed.ts';

const BARE = '0100000000000000 03000000';

function written(hasDuration: boolean, durationUs: number | undefined, messageId = 1): string {
  return frameHex(responseHeaderBytes(hasDuration), (out) => {
    out.append(hex('aabbcc'));
    patchResponseHeader(out, hasDuration, { messageId, durationUs });
  });
}

describe('wire/response-frame', () => {
  it('S-W10 is message id, length and payload', () => {
    expect(responseHeaderBytes(false)).to.equal(12);
    expect(written(false, 5)).to.equal(hex(`${BARE} aabbcc`).toString('hex'));
    expect(takeResponseHeader(queueOf(hex(BARE)), false)).to.deep.equal({
      messageId: 1,
      payloadBytes: 3,
      durationUs: undefined,
    });
  });

  it('S-W10 marks an exception by a negative id', () => {
    const bytes = hex(written(false, undefined, -1));
    expect(bytes.subarray(0, 8).toString('hex')).to.equal('ffffffffffffffff');
    expect(takeResponseHeader(queueOf(bytes), false)?.messageId).to.equal(-1);
  });

  it('S-W8, S-W10 has the duration behind the length, which does not count it', () => {
    expect(responseHeaderBytes(true)).to.equal(16);
    const bytes = hex(`${BARE} 40420f00 aabbcc`);
    expect(written(true, 1_000_000)).to.equal(bytes.toString('hex'));
    expect(takeResponseHeader(queueOf(bytes), true)).to.deep.equal({
      messageId: 1,
      payloadBytes: 3,
      durationUs: 1_000_000,
    });
  });

  it('S-W8 says all ones for what was not measured or is too long to be said', () => {
    for (const durationUs of [undefined, 0xffff_ffff, 2 ** 40]) {
      const bytes = hex(written(true, durationUs));
      expect(bytes.subarray(12, 16).toString('hex')).to.equal('ffffffff');
      expect(takeResponseHeader(queueOf(bytes), true)?.durationUs).to.equal(undefined);
    }
    for (const durationUs of [0, 0xffff_fffe]) {
      const queue = queueOf(hex(written(true, durationUs)));
      expect(takeResponseHeader(queue, true)?.durationUs).to.equal(durationUs);
    }
  });

  it('S-W10, F10 comes out the same at every split', () => {
    const header = hex(`${BARE} 05000000`);
    for (const slices of everySplit(Buffer.concat([header, header]))) {
      const queue = new ByteQueue();
      const headers = feed(slices, queue, () => takeResponseHeader(queue, true));
      expect(headers).to.have.length(2);
      expect(headers[1]).to.deep.equal(headers[0]).and.include({ durationUs: 5 });
    }
  });

  it('S-W10 takes nothing while a byte of the header is missing', () => {
    for (const hasDuration of [false, true]) {
      const queue = queueOf(Buffer.alloc(responseHeaderBytes(hasDuration) - 1));
      expect(takeResponseHeader(queue, hasDuration)).to.equal(undefined);
      expect(queue.byteLength).to.equal(responseHeaderBytes(hasDuration) - 1);
    }
  });

  it('gives the header, then the payload, with or without what was agreed', () => {
    for (const [isAgreed, frame] of [
      [false, `${BARE} aabbcc`],
      [true, `${BARE} 05000000 aabbcc`],
    ] as const) {
      const queue = queueOf(hex(frame));
      const decoder = makeResponseDecoder(isAgreed, 100, 0);
      expect(decoder.next(queue)).to.include({ messageId: 1, payloadBytes: 3 });
      expect(decoder.next(queue)).to.deep.equal(hex('aabbcc'));
      expect(queue.byteLength).to.equal(0);
      expect(decoder.headerBytes).to.equal(responseHeaderBytes(isAgreed));
    }
  });

  it('counts the longest header to the limits of its payload', () => {
    for (const isAgreed of [false, true]) {
      expect(makeResponseDecoder(isAgreed, 100, 200)).to.include({
        maxFrameBytes: 16 + 100,
        maxSkippedBytes: 16 + 200,
        option: 'maxReplyBytes',
      });
    }
  });
});
