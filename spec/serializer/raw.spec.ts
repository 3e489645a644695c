import { expect } from 'chai';
import { runInNewContext } from 'node:vm';

import { ByteWriter, REFERENCE_BYTES } from '../../lib/base/byte-writer.ts';
import { SlabPool } from '../../lib/base/slab-pool.ts';
import { raw } from '../../lib/serializer/raw.ts';
import { decode, encode, expectRefusal, hex } from './support/codec.ts';
import { FakeHandles } from './support/fake-handles.ts';

/** Hands raw what its types do not allow. */
function encodeAny(tuple: unknown[]): Buffer {
  return encode(raw, tuple as [Uint8Array]);
}

describe('serializer/raw', () => {
  it('has the name and the arity of a one-member tuple', () => {
    expect(raw).to.include({ name: 'raw', arity: 1 });
  });

  it('writes the bytes and nothing else', () => {
    expect(encode(raw, [hex('00ff cafe')])).to.deep.equal(hex('00ff cafe'));
    expect(encode(raw, [new Uint8Array([1, 2])])).to.deep.equal(hex('0102'));
    expect(encode(raw, [new Uint8Array(0)])).to.have.length(0);
  });

  it('writes a void result as no bytes', () => {
    expect(encodeAny([])).to.have.length(0);
    expect(encodeAny([undefined])).to.have.length(0);
  });

  it('takes arrays of another realm', () => {
    expect(encodeAny([runInNewContext('new Uint8Array([7, 8])')])).to.deep.equal(hex('0708'));
  });

  it('references large bytes and copies smaller ones', () => {
    for (const [byteLength, isReferenced] of [
      [REFERENCE_BYTES - 1, false],
      [REFERENCE_BYTES, true],
      [REFERENCE_BYTES + 1, true],
    ] as const) {
      const out = new ByteWriter(new SlabPool());
      const bytes = new Uint8Array(byteLength);
      raw.encode([bytes], out, new FakeHandles());
      expect(out.takeSegments()[0]?.buffer === bytes.buffer).to.equal(isReferenced);
    }
  });

  it('reads a view of the message', () => {
    const message = hex('010203');
    const [view] = decode(raw, message);
    expect(view).to.deep.equal(hex('010203'));
    expect(view.buffer).to.equal(message.buffer);
    expect(decode(raw, hex(''))[0]).to.have.length(0);
  });

  for (const [what, tuple] of [
    ['a string', ['text']],
    ['null', [null]],
    ['an array of numbers', [[1, 2]]],
    ['a DataView', [new DataView(new ArrayBuffer(4))]],
    ['a wider typed array', [new Uint16Array(4)]],
    ['an ArrayBuffer', [new ArrayBuffer(4)]],
    ['two members', [new Uint8Array(1), new Uint8Array(1)]],
  ] as const) {
    it(`refuses ${what}`, () => {
      expectRefusal(() => encodeAny([...tuple]), {
        path: '[0]',
        message: /raw takes (a|one) Uint8Array/,
        initiator: 'local',
      });
    });
  }
});
