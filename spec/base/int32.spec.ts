import { expect } from 'chai';
import fc from 'fast-check';

import { readI32, readU32, writeU32 } from '../../lib/base/int32.ts';

const EDGES = [0, 1, 0xff, 0x100, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

const u32 = fc.oneof(fc.constantFrom(...EDGES), fc.integer({ min: 0, max: 0xffff_ffff }));

describe('base/int32', () => {
  it('reads and writes what Buffer does, at every offset, and touches nothing beside it', () => {
    fc.assert(
      fc.property(u32, fc.nat(8), (value, at) => {
        const written = Buffer.alloc(12, 0xaa);
        const expected = Buffer.alloc(12, 0xaa);
        writeU32(written, at, value);
        expected.writeUInt32LE(value, at);
        expect(written).to.deep.equal(expected);
        expect(readU32(written, at)).to.equal(value);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('reads an i32 as Buffer does, at every offset', () => {
    fc.assert(
      fc.property(u32, fc.nat(8), (value, at) => {
        const bytes = Buffer.alloc(12, 0xaa);
        bytes.writeUInt32LE(value, at);
        expect(readI32(bytes, at)).to.equal(bytes.readInt32LE(at));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('reads the i32s that it has written, negative ones among them', () => {
    const bytes = Buffer.alloc(4);
    for (const value of [0, 1, -1, 0x7fff_ffff, -0x8000_0000]) {
      writeU32(bytes, 0, value);
      expect(readI32(bytes, 0)).to.equal(value);
    }
  });

  it('writes the low 32 bits of what is negative or longer', () => {
    const bytes = Buffer.alloc(4);
    for (const [value, low] of [
      [-1, 0xffff_ffff],
      [-2_147_483_648, 0x8000_0000],
      [0x1_0000_0002, 2],
    ] as const) {
      writeU32(bytes, 0, value);
      expect(readU32(bytes, 0)).to.equal(low);
    }
  });

  it('reads plain bytes as well', () => {
    expect(readU32(new Uint8Array([9, 1, 2, 3, 0x84]), 1)).to.equal(0x8403_0201);
  });
});
