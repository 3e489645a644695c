import { expect } from 'chai';
import fc from 'fast-check';

import { ProtocolError } from '../../lib/errors/errors.ts';
import {
  readI64AsNumber,
  readPosition,
  readU64,
  toU64,
  writeI64,
  writeU64,
} from '../../lib/wire/integers.ts';
import { hex } from '../support/chunks.ts';

const SAFE = Number.MAX_SAFE_INTEGER;
const U64_MAX = 0xffff_ffff_ffff_ffffn;

describe('wire/integers', () => {
  it('reads a u64 as a number up to 2^53-1 and as a bigint above', () => {
    expect(readU64(hex('0000 0100000000000000'), 2)).to.equal(1);
    expect(readU64(hex('ffffffffffff1f00'), 0)).to.equal(SAFE);
    expect(readU64(hex('0000000000002000'), 0)).to.equal(2n ** 53n);
    expect(readU64(hex('ffffffffffffffff'), 0)).to.equal(U64_MAX);
  });

  it('writes what it reads, and equal values are equal keys', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: U64_MAX }), (value) => {
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64LE(value);
        const read = readU64(bytes, 0);
        expect(read).to.equal(toU64(value));
        expect(typeof read).to.equal(value <= BigInt(SAFE) ? 'number' : 'bigint');
        const written = Buffer.alloc(8);
        writeU64(written, 0, read);
        expect(written.equals(bytes)).to.equal(true);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  it('reads and writes an i64 as a number, exactly where a number can', () => {
    const values = [0, 1, -1, 0xffff_ffff, -0x1_0000_0000, 2 ** 32, SAFE, -SAFE];
    for (const value of values) {
      const bytes = Buffer.alloc(8);
      writeI64(bytes, 0, value);
      expect(bytes.readBigInt64LE(0)).to.equal(BigInt(value));
      expect(readI64AsNumber(bytes, 0)).to.equal(value);
    }
  });

  it('F27 reads the lowest i64 without overflow', () => {
    expect(readI64AsNumber(hex('0000000000000080'), 0)).to.equal(-(2 ** 63));
    expect(Math.abs(readI64AsNumber(hex('0000000000000080'), 0))).to.equal(2 ** 63);
  });

  it('E2 reads a position below 2^53, and refuses one of 2^53 and more', () => {
    for (const value of [0, 1, 0xffff_ffff, 2 ** 32, SAFE]) {
      const bytes = Buffer.alloc(9);
      bytes.writeBigUInt64LE(BigInt(value), 1);
      expect(readPosition(bytes, 1)).to.equal(value);
    }
    for (const words of ['0000000000002000', '0000000000000080', 'ffffffffffffffff']) {
      expect(() => readPosition(hex(words), 0))
        .to.throw(ProtocolError, '2^53')
        .and.include({ scope: 'connection', initiator: 'remote' });
    }
  });

  it('refuses what is no u64', () => {
    expect(toU64(0)).to.equal(0);
    expect(toU64(5n)).to.equal(5);
    expect(toU64(U64_MAX)).to.equal(U64_MAX);
    expect(toU64(BigInt(SAFE))).to.equal(SAFE);
    expect(() => toU64(-1)).to.throw(RangeError, '-1 is no u64');
    for (const value of [-1, -1n, U64_MAX + 1n, 0.5, NaN]) {
      expect(() => toU64(value)).to.throw(RangeError);
    }
  });
});
