import { serialize } from 'bson';
import { expect } from 'chai';

import { ByteWriter } from '../../../lib/base/byte-writer.ts';
import { SlabPool } from '../../../lib/base/slab-pool.ts';
import { writeDocument } from '../../../lib/serializer/bson/write-document.ts';

const MIB = 1024 * 1024;

function write(document: Record<string, unknown>, maxBytes: number): Buffer {
  const out = new ByteWriter(new SlabPool());
  out.append(Buffer.from('before'));
  writeDocument(document, maxBytes, out);
  out.append(Buffer.from('behind'));
  const bytes = out.takeBytes();
  expect(bytes.toString('latin1', 0, 6)).to.equal('before');
  expect(bytes.toString('latin1', bytes.length - 6)).to.equal('behind');
  return bytes.subarray(6, -6);
}

describe('serializer/bson/write-document', () => {
  it('writes the same bytes below and above the size for the open slab', () => {
    for (const length of [1, 16_000, 16_371, 16_372, 16_373, 70_000, MIB]) {
      const document = { 0: Buffer.alloc(length, 1) };
      const expected = serialize(document);
      expect(write(document, expected.length).equals(expected)).to.equal(true);
      expect(write(document, expected.length + 5_000).equals(expected)).to.equal(true);
    }
  });

  it("writes documents beyond js-bson's scratch memory whole", () => {
    const document = { 0: Array<number>(1_700_000).fill(7), 1: 'end' };
    const bytes = write(document, 40 * MIB);
    expect(bytes.length).to.be.above(17 * MIB);
    expect(bytes.readInt32LE(0)).to.equal(bytes.length);
    expect(bytes.toString('latin1', bytes.length - 5)).to.equal('end\0\0');
  });

  it('refuses a document that turns out larger than it was measured', () => {
    for (const [length, maxBytes] of [
      [100, 50],
      [100, 112],
      [100_000, 50],
      [100_000, 20_000],
    ] as const) {
      expect(() => write({ 0: Buffer.alloc(length) }, maxBytes)).to.throw();
    }
  });

  it('says that a value changed while it was encoded', () => {
    for (const value of ['x'.repeat(100), 'x'.repeat(20_000)]) {
      const out = new ByteWriter(new SlabPool());
      const maxBytes = value.length;
      expect(() => writeDocument({ 0: value }, maxBytes, out)).to.throw(
        /^the value changed while it was encoded$/,
      );
    }
  });
});
