import { type Binary, type BSONRegExp, bsonType, type Long } from 'bson';

import { areGone, GONE_BYTES } from '../gone-bytes.ts';
import { Misfit } from '../misfit.ts';
import { SUBTYPE_HANDLE, SUBTYPE_VALUE_STREAM } from './element-types.ts';

/**
 * js-bson's own classes by their tag, with the most bytes that a value takes. Classes not listed
 * are refused.
 */
const WIDTHS: ReadonlyMap<string, number> = new Map([
  ['Decimal128', 16],
  ['Double', 8],
  ['Int32', 4],
  ['Long', 8],
  ['MaxKey', 0],
  ['MinKey', 0],
  ['ObjectId', 12],
  ['Timestamp', 8],
]);

/** The tag of one of js-bson's classes, for any copy of js-bson. */
export function bsonTagOf(value: object): string | undefined {
  const tag: unknown = Reflect.get(value, bsonType);
  return typeof tag === 'string' ? tag : undefined;
}

/**
 * The most bytes that an instance of one of js-bson's classes takes.
 *
 * @throws Misfit for values that do not come back as they were: code, references, and handles of
 * our own.
 */
export function bsonValueBytes(value: object, tag: string): number {
  const width = WIDTHS.get(tag);
  // The tags name the classes.
  if (tag === 'Binary') return binaryBytes(value as Binary);
  if (tag === 'BSONRegExp') return regExpBytes(value as BSONRegExp);
  if (width === undefined) throw new Misfit(`a ${tag} is refused`);
  if (tag === 'Long') assertSigned(value as Long);
  return width;
}

function binaryBytes(binary: Binary): number {
  if (binary.sub_type === SUBTYPE_HANDLE || binary.sub_type === SUBTYPE_VALUE_STREAM) {
    throw new Misfit(`a Binary of subtype 0x${binary.sub_type.toString(16)}, which means a stream`);
  }
  if (areGone(binary.buffer)) throw new Misfit(GONE_BYTES);
  // js-bson would fill the missing bytes with bytes of earlier messages.
  if (!(binary.position >= 0 && binary.position <= binary.buffer.length)) {
    throw new Misfit('a Binary whose position is outside of its buffer');
  }
  return 9 + binary.buffer.length;
}

function regExpBytes(regExp: BSONRegExp): number {
  return 2 + 3 * (regExp.pattern.length + regExp.options.length);
}

function assertSigned(long: Long): void {
  if (long.unsigned && long.high < 0) throw new Misfit(`${long.toString()} does not fit an int64`);
}
