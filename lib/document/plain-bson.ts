/**
 * Values of our own that are sent as BSON beside the calls: errors, and the reasons of cancels. A
 * value is sent as a tuple of one member, as the `bson` serializer writes it. It holds no streams.
 */

import { Misfit } from '../serializer/misfit.ts';
import { bson } from '../serializer/bson/bson.ts';
import { type BsonLimits, resolveBsonOptions } from '../serializer/bson/bson-options.ts';
import { TupleWalk } from '../serializer/bson/tuple-walk.ts';
import { documentBytes } from '../serializer/bson/write-document.ts';
import type { StreamHandles } from '../serializer/serializer.ts';
import { serializerByName } from '../serializer/types/serializer-by-name.ts';

/** The tuple's own bytes: its length, the member's type and key, the terminator. */
const TUPLE_BYTES = 8;

/** A value that is composed of copies is deeper, and has more keys, than each copy. */
const LIMITS: BsonLimits = resolveBsonOptions({});
const COPY_LIMITS: BsonLimits = resolveBsonOptions({ maxDepth: 32, maxKeys: 16_384 });

/** A value's size is estimated before it is written, up to five times too high. */
const MAX_OVERESTIMATE = 5;

function refuse(): never {
  throw new Misfit('a stream has no place here');
}

const NO_STREAMS: StreamHandles = Object.freeze({
  describe: refuse,
  resolve: refuse,
  serializerNamed: serializerByName,
  offer: refuse,
  accept: refuse,
});

/** A value as it arrives at the other end. */
export interface PlainCopy {
  readonly value: unknown;
  /** The bytes that the value takes within a document, without its key. */
  readonly byteLength: number;
}

/** A document as it is read. */
export type PlainDocument = Readonly<Record<string, unknown>>;

/** Whether a value that was read is a document, in contrast to bytes, a list or a simple value. */
export function isDocument(value: unknown): value is PlainDocument {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

/** The value's bytes. @throws for a value that can't be sent. */
export function encodePlain(value: unknown): Buffer {
  return bytesOf(value, LIMITS, Infinity);
}

/**
 * Reads the bytes of {@link encodePlain}. Byte values are views. @throws SerializationError if they
 * are malformed.
 */
export function decodePlain(bytes: Buffer): unknown {
  return bson.decode(bytes, NO_STREAMS)[0];
}

/**
 * The value as it would arrive. So the measured value is the one that is sent, even if reading the
 * original twice gives two different values. Undefined if the value can't be sent, or takes more
 * than `maxBytes`. Never throws.
 */
export function copyPlain(value: unknown, maxBytes: number): PlainCopy | undefined {
  try {
    const bytes = bytesOf(value, COPY_LIMITS, maxBytes * MAX_OVERESTIMATE);
    const byteLength = bytes.length - TUPLE_BYTES;
    return byteLength > maxBytes ? undefined : { value: decodePlain(bytes), byteLength };
  } catch {
    return undefined;
  }
}

function bytesOf(value: unknown, limits: BsonLimits, maxEstimate: number): Buffer {
  const walk = new TupleWalk(limits, NO_STREAMS);
  const document = walk.tuple([value]);
  if (walk.maxBytes > maxEstimate) throw new Misfit(`about ${walk.maxBytes} bytes are too many`);
  const { buffer, byteOffset, length } = documentBytes(document, walk.maxBytes);
  return Buffer.from(buffer, byteOffset, length);
}
