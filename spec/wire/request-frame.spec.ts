import { expect } from 'chai';

import { ByteQueue } from '../../lib/base/byte-queue.ts';
import {
  makeRequestDecoder,
  patchRequestHeader,
  requestHeaderBytes,
  takeRequestHeader,
} from '../../lib/wire/request-frame.ts';
import { everySplit, hex } from '../support/chunks.ts';
import { feed, frameHex, queueOf } from '../support/feed.ts';

const BARE = '0e00000000000000 0100000000000000 03000000';
const TIMED = `e803000000000000 ${BARE}`;

function written(hasTimeout: boolean, verb: number | bigint): string {
  return frameHex(requestHeaderBytes(hasTimeout), (out) => {
    out.append(hex('aabbcc'));
    patchRequestHeader(out, hasTimeout, { timeoutMs: 1000, verb, messageId: 1 });
  });
}

describe('wire/request-frame', () => {
  it('S-W9 is verb, message id, length and payload', () => {
    expect(requestHeaderBytes(false)).to.equal(20);
    expect(written(false, 14)).to.equal(hex(`${BARE} aabbcc`).toString('hex'));
    expect(takeRequestHeader(queueOf(hex(BARE)), false)).to.deep.equal({
      timeoutMs: 0,
      verb: 14,
      messageId: 1,
      payloadBytes: 3,
    });
  });

  it('S-W4, S-W9 opens with the milliseconds left where a timeout was agreed', () => {
    expect(requestHeaderBytes(true)).to.equal(28);
    expect(written(true, 14)).to.equal(hex(`${TIMED} aabbcc`).toString('hex'));
    expect(takeRequestHeader(queueOf(hex(TIMED)), true)).to.deep.equal({
      timeoutMs: 1000,
      verb: 14,
      messageId: 1,
      payloadBytes: 3,
    });
  });

  it('S-W9 carries a verb of 64 bits', () => {
    const verb = 0xfedc_ba98_7654_3210n;
    const bytes = hex(written(false, verb));
    expect(bytes.subarray(0, 8).toString('hex')).to.equal('1032547698badcfe');
    expect(takeRequestHeader(queueOf(bytes), false)?.verb).to.equal(verb);
  });

  it('S-W9, F28 shows ids and timeouts as they are; whoever reads them judges', () => {
    const bytes = hex('ffffffffffffffff 0100000000000000 ffffffffffffffff ffffffff');
    expect(takeRequestHeader(queueOf(bytes), true)).to.deep.equal({
      timeoutMs: 0xffff_ffff_ffff_ffffn,
      verb: 1,
      messageId: -1,
      payloadBytes: 0xffff_ffff,
    });
  });

  it('S-W9, F10 comes out the same at every split', () => {
    const header = hex(TIMED);
    for (const slices of everySplit(Buffer.concat([header, header]))) {
      const queue = new ByteQueue();
      const headers = feed(slices, queue, () => takeRequestHeader(queue, true));
      expect(headers).to.have.length(2);
      expect(headers[1]).to.deep.equal(headers[0]).and.include({ verb: 14 });
      expect(queue.byteLength).to.equal(0);
    }
  });

  it('S-W9 takes nothing while a byte of the header is missing', () => {
    for (const hasTimeout of [false, true]) {
      const queue = queueOf(Buffer.alloc(requestHeaderBytes(hasTimeout) - 1));
      expect(takeRequestHeader(queue, hasTimeout)).to.equal(undefined);
      expect(queue.byteLength).to.equal(requestHeaderBytes(hasTimeout) - 1);
    }
  });

  it('gives the header, then the payload, with or without what was agreed', () => {
    for (const [isAgreed, frame] of [
      [false, `${BARE} aabbcc`],
      [true, `${TIMED} aabbcc`],
    ] as const) {
      const queue = queueOf(hex(frame));
      const decoder = makeRequestDecoder(isAgreed, 100, 0);
      expect(decoder.next(queue)).to.include({ messageId: 1, payloadBytes: 3 });
      expect(decoder.next(queue)).to.deep.equal(hex('aabbcc'));
      expect(queue.byteLength).to.equal(0);
      expect(decoder.headerBytes).to.equal(requestHeaderBytes(isAgreed));
    }
  });

  it('counts the longest header to the limits of its payload', () => {
    for (const isAgreed of [false, true]) {
      expect(makeRequestDecoder(isAgreed, 100, 200)).to.include({
        maxFrameBytes: 28 + 100,
        maxSkippedBytes: 28 + 200,
        option: 'maxRequestBytes',
      });
    }
  });
});
