import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  bsonType,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  serialize,
  Timestamp,
  UUID,
} from 'bson';
import { expect } from 'chai';

import { bsonTagOf, bsonValueBytes } from '../../../lib/serializer/bson/bson-value-bytes.ts';
import {
  SUBTYPE_HANDLE,
  SUBTYPE_VALUE_STREAM,
} from '../../../lib/serializer/bson/element-types.ts';

/** A document of one member without its value: length, type, key "0", terminator. */
const AROUND_BYTES = 8;

describe('serializer/bson/bson-value-bytes', () => {
  for (const value of [
    new ObjectId(),
    new UUID(),
    Decimal128.fromString('1.5'),
    new Double(1),
    new Int32(1),
    Long.fromBigInt(-1n),
    new Timestamp({ t: 1, i: 2 }),
    new MinKey(),
    new MaxKey(),
    new BSONRegExp('äöü', 'im'),
    new Binary(Buffer.alloc(20), 2),
    new Binary(Buffer.alloc(20), 128),
    new Binary(),
  ]) {
    it(`measures a ${value._bsontype} at least as long as js-bson writes it`, () => {
      const tag = bsonTagOf(value);
      expect(tag).to.equal(value._bsontype);
      const written = serialize({ 0: value }).length - AROUND_BYTES;
      expect(bsonValueBytes(value, tag ?? '')).to.be.at.least(written);
    });
  }

  it('E1-bson refuses code and symbols, and tags that js-bson does not have', () => {
    expect(() => bsonValueBytes(new Code('x'), 'Code')).to.throw('a Code is refused');
    expect(() => bsonValueBytes(new BSONSymbol('x'), 'BSONSymbol')).to.throw('is refused');
    expect(() => bsonValueBytes({}, 'Odd')).to.throw('a Odd is refused');
  });

  it('finds no tag on other values', () => {
    expect(bsonTagOf({ _bsontype: 'ObjectId' })).to.equal(undefined);
    expect(bsonTagOf(new Map())).to.equal(undefined);
  });

  it('refuses a Binary that means a stream, or reaches beyond its buffer', () => {
    for (const subtype of [SUBTYPE_HANDLE, SUBTYPE_VALUE_STREAM]) {
      const binary = new Binary(Buffer.alloc(4), subtype);
      const text = `a Binary of subtype 0x${subtype.toString(16)}, which means a stream`;
      expect(() => bsonValueBytes(binary, 'Binary')).to.throw(text);
    }
    for (const [position, isTaken] of [
      [0, true],
      [4, true],
      [5, false],
      [-1, false],
      [NaN, false],
    ] as const) {
      const binary = Object.assign(new Binary(Buffer.alloc(4)), { position });
      const attempt = (): number => bsonValueBytes(binary, 'Binary');
      if (isTaken) expect(attempt()).to.equal(9 + 4);
      else expect(attempt).to.throw('a Binary whose position is outside of its buffer');
    }
  });

  it('refuses a Long that is too large for an int64, and takes any other', () => {
    const tooLarge = Long.fromBigInt(2n ** 63n, true);
    expect(() => bsonValueBytes(tooLarge, 'Long')).to.throw(
      '9223372036854775808 does not fit an int64',
    );
    for (const long of [Long.fromBigInt(2n ** 63n - 1n, true), Long.fromNumber(0, true)]) {
      expect(bsonValueBytes(long, 'Long')).to.equal(8);
    }
  });

  it('takes nothing but a text for the tag of a class', () => {
    expect(bsonTagOf({ [bsonType]: 'Long' })).to.equal('Long');
    expect(bsonTagOf({ [bsonType]: 7 })).to.equal(undefined);
  });

  it('refuses bytes whose memory is gone', () => {
    const bytes = new Uint8Array(4);
    const binary = new Binary(bytes);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    expect(() => bsonValueBytes(binary, 'Binary')).to.throw(/was transferred away, or has shrunk$/);
  });
});
