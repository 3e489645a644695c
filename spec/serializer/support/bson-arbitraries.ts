import { BSONRegExp, Decimal128, MaxKey, MinKey, ObjectId, Timestamp, UUID } from 'bson';
import fc from 'fast-check';

const bytesOf = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes));

/** Names that no serializer refuses. */
const key = fc
  .string({ unit: 'grapheme', maxLength: 8 })
  .filter((name) => !name.includes('\0') && !name.startsWith('$') && !name.startsWith('_'));

/** Values that come back as they were sent. */
const scalar: fc.Arbitrary<unknown> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  bytesOf(12).map((bytes) => new ObjectId(bytes)),
  bytesOf(16).map((bytes) => new UUID(bytes)),
  bytesOf(16).map((bytes) => new Decimal128(bytes)),
  fc.tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff)).map(([t, i]) => new Timestamp({ t, i })),
  fc.constantFrom(new MinKey(), new MaxKey(), new BSONRegExp('^a+$', 'i')),
);

/** A scalar, or records and arrays of them, a few levels deep. */
export function anyBsonValue(): fc.Arbitrary<unknown> {
  return fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      scalar,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;
}
