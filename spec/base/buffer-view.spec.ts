import { expect } from 'chai';

import { BufferView } from '../../lib/base/buffer-view.ts';

describe('base/buffer-view', () => {
  it('makes what subarray makes', () => {
    const bytes = Buffer.from('0123456789');
    const view = new BufferView(bytes.buffer, bytes.byteOffset + 2, 3);
    expect(view).to.deep.equal(bytes.subarray(2, 5));
    expect(Buffer.isBuffer(view)).to.equal(true);
    expect(view.constructor).to.equal(Buffer);
    expect([view.toString(), view.readUInt8(1), view.equals(Buffer.from('234'))]).to.deep.equal([
      '234',
      '3'.codePointAt(0),
      true,
    ]);
  });

  it('is a view: what is written to it stands in the memory', () => {
    const memory = new ArrayBuffer(8);
    new BufferView(memory, 4, 4).writeUInt32BE(0x0102_0304);
    expect(Buffer.from(memory).toString('hex')).to.equal('0000000001020304');
  });

  it('has no bytes at the end of the memory, and none beyond it', () => {
    const memory = new ArrayBuffer(8);
    expect(new BufferView(memory, 8, 0)).to.have.length(0);
    expect(() => new BufferView(memory, 8, 1)).to.throw(RangeError);
  });
});
