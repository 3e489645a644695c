/** The element types that we accept. Source: bsonspec.org, version 1.1. */
export const DOUBLE = 0x01;
export const STRING = 0x02;
export const DOCUMENT = 0x03;
export const ARRAY = 0x04;
export const BINARY = 0x05;
export const UNDEFINED = 0x06;
export const OBJECT_ID = 0x07;
export const BOOLEAN = 0x08;
export const DATE = 0x09;
export const NULL = 0x0a;
export const REGEXP = 0x0b;
export const INT32 = 0x10;
export const TIMESTAMP = 0x11;
export const INT64 = 0x12;
export const DECIMAL128 = 0x13;
export const MAX_KEY = 0x7f;
export const MIN_KEY = 0xff;

/** The fewest bytes of a document: its length and its terminator. */
export const MIN_DOCUMENT_BYTES = 5;

/** The bytes of a fixed-width value behind its key; -1 for all other types. */
export const FIXED_WIDTHS: Readonly<Int8Array> = fixedWidths();

function fixedWidths(): Int8Array {
  const widths = new Int8Array(256).fill(-1);
  for (const type of [UNDEFINED, NULL, MAX_KEY, MIN_KEY]) widths[type] = 0;
  for (const type of [DOUBLE, DATE, TIMESTAMP, INT64]) widths[type] = 8;
  widths[BOOLEAN] = 1;
  widths[INT32] = 4;
  widths[OBJECT_ID] = 12;
  widths[DECIMAL128] = 16;
  return widths;
}

/** A Date of JavaScript reaches this many milliseconds in either direction. */
export const MAX_DATE_MS = 8.64e15;

/** Types that carry code or refer to other documents. Data does not need them. */
export const REFUSED_TYPES: ReadonlyMap<number, string> = new Map([
  [0x0c, 'DBPointer'],
  [0x0d, 'Code'],
  [0x0e, 'Symbol'],
  [0x0f, 'CodeWithScope'],
]);

/** Subtypes of Binary values: plain bytes, the deprecated layout with a second length, UUIDs. */
export const SUBTYPE_BYTES = 0x00;
export const SUBTYPE_OLD_BYTES = 0x02;
export const SUBTYPE_UUID = 0x04;

/** A sink that is passed on. This is one of the subtypes that BSON leaves to its users. */
export const SUBTYPE_HANDLE = 0x8b;
/** A value stream. This is another of these subtypes. */
export const SUBTYPE_VALUE_STREAM = 0x8c;

/** The names of the types in messages. */
const TITLES: ReadonlyMap<number, string> = new Map([
  [DOUBLE, 'double'],
  [STRING, 'string'],
  [DOCUMENT, 'document'],
  [ARRAY, 'array'],
  [BINARY, 'binary'],
  [UNDEFINED, 'undefined'],
  [OBJECT_ID, 'ObjectId'],
  [BOOLEAN, 'boolean'],
  [DATE, 'date'],
  [NULL, 'null'],
  [REGEXP, 'regular expression'],
  [INT32, 'int32'],
  [TIMESTAMP, 'timestamp'],
  [INT64, 'int64'],
  [DECIMAL128, 'Decimal128'],
  [MAX_KEY, 'MaxKey'],
  [MIN_KEY, 'MinKey'],
]);

/** A type in words. */
export function typeTitle(type: number): string {
  return TITLES.get(type) ?? REFUSED_TYPES.get(type) ?? `BSON type 0x${type.toString(16)}`;
}
