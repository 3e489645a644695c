import {
  Binary,
  BSONRegExp,
  BSONSymbol,
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
});
