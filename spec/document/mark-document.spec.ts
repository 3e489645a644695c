import { Double, Int32, Long, serialize } from 'bson';
import { expect } from 'chai';

import {
  decodeMark,
  encodeMark,
  MAX_MARK_DOCUMENT_BYTES,
} from '../../lib/document/mark-document.ts';
import { MisuseError, ProtocolError } from '../../lib/errors/errors.ts';
import { encodeLaneFrame, LaneFrameDecoder } from '../../lib/wire/lane-frame.ts';
import { queueOf } from '../support/feed.ts';

function bytesOf(mark: unknown): Buffer {
  return Buffer.from(serialize({ 0: mark }));
}

describe('document/mark', () => {
  it('carries a cursor of any form, and how far behind the reader is', () => {
    for (const cursor of [5, 'a/7', null, Buffer.from('cafe', 'hex'), { lineage: 'x', at: 7n }]) {
      const mark = { cursor, lagItems: 0, lagBytes: Number.MAX_SAFE_INTEGER };
      expect(decodeMark(encodeMark(mark))).to.deep.equal(mark);
    }
  });

  it('may say nothing but the cursor', () => {
    const { lagItems, lagBytes } = decodeMark(encodeMark({ cursor: 1 }));
    expect([lagItems, lagBytes]).to.deep.equal([undefined, undefined]);
  });

  it('reads a lag in each form, and takes a wrong one for none', () => {
    const lag = (lagItems: unknown): unknown =>
      decodeMark(bytesOf({ cursor: 1, lagItems })).lagItems;
    for (const form of [new Int32(5), Long.fromNumber(5), new Double(5)]) {
      expect(lag(form)).to.equal(5);
    }
    for (const wrong of [-1, 1.5, Infinity, Long.MAX_VALUE, '5', null, {}]) {
      expect(lag(wrong)).to.equal(undefined);
    }
  });

  it('F8 refuses a mark without a cursor, and every cut', () => {
    const whole = encodeMark({ cursor: 'a', lagItems: 5, lagBytes: 6 });
    const cuts = Array.from(whole, (_, length) => whole.subarray(0, length));
    for (const bytes of [...cuts, bytesOf({}), bytesOf('a'), bytesOf([1]), bytesOf(null)]) {
      expect(() => decodeMark(bytes))
        .to.throw(ProtocolError)
        .and.include({ scope: 'stream', initiator: 'remote' });
    }
  });

  it('E2 is as large as a lane frame allows, and refused by its sender above that', () => {
    const overhead = encodeMark({ cursor: '' }).length;
    const largest = encodeMark({ cursor: 'x'.repeat(MAX_MARK_DOCUMENT_BYTES - overhead) });
    expect(largest).to.have.length(MAX_MARK_DOCUMENT_BYTES);
    const frame = encodeLaneFrame({ type: 'mark', document: largest });
    const read = new LaneFrameDecoder(100, true).next(queueOf(frame));
    expect(read).to.deep.equal({ type: 'mark', document: largest });
    const tooLarge = 'x'.repeat(MAX_MARK_DOCUMENT_BYTES - overhead + 1);
    expect(() => encodeMark({ cursor: tooLarge })).to.throw(MisuseError, '65536 bytes');
  });
});
