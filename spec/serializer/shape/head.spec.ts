import { expect } from 'chai';

import { ByteWriter } from '../../../lib/base/byte-writer.ts';
import { SLAB_BYTES, SlabPool } from '../../../lib/base/slab-pool.ts';
import { beginValue, headOf, IndexHead, putHead } from '../../../lib/serializer/shape/head.ts';
import { hex } from '../support/codec.ts';

describe('serializer/shape/head', () => {
  it('is a place for the type, the key in UTF-8 and a terminator', () => {
    expect(Buffer.from(headOf('é'))).to.deep.equal(hex('00 c3a9 00'));
    expect(Buffer.from(headOf(''))).to.deep.equal(hex('00 00'));
  });

  it('counts the elements of arrays', () => {
    const index = new IndexHead();
    for (let i = 0; i < 11_111; i++) {
      expect(Buffer.from(index.head).toString('latin1')).to.equal(`\0${i}\0`);
      index.advance();
    }
  });

  it('goes along into the next slab with a value that does not fit', () => {
    for (const left of [1, 2, 14, 15, 16, 22, 23, 30]) {
      const out = new ByteWriter(new SlabPool());
      const before = Buffer.alloc(SLAB_BYTES - left, 'b');
      for (const part of [before.subarray(0, 9), before.subarray(9)]) {
        out.reserve(part.length);
        out.buffer.set(part, out.offset);
        out.offset += part.length;
      }
      const headBytes = putHead(out, headOf('k'));
      const at = beginValue(out, 5, headBytes, 20);
      out.buffer.fill('v', at, at + 20);
      out.offset = at + 20;
      const expected = Buffer.concat([before, hex('05 6b 00'), Buffer.alloc(20, 'v')]);
      expect(out.takeBytes().equals(expected)).to.equal(true);
    }
  });
});
