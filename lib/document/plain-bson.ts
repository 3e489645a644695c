/**
 * Values of our own that travel as BSON beside the calls: errors, and why something was canceled. One
 * is a tuple of one member, as the `bson` serializer writes it, and holds no streams.
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

/** What is composed of copies is deeper, and has more keys, than each of them. */
const LIMITS: BsonLimits = resolveBsonOptions({});
const COPY_LIMITS: BsonLimits = resolveBsonOptions({ maxDepth: 32, maxKeys: 16_384 });

/** A value is estimated before it is written, five times too high at the most. */
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
  /** What it takes within a document, without its key. */
  readonly byteLength: number;
}

/** A document as it is read. */
export type PlainDocument = Readonly<Record<string, unknown>>;

/** Whether a value that was read is a document, as opposed to bytes, a list or a simple value. */
export function isDocument(value: unknown): value is PlainDocument {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

/** The value's bytes. @throws for what can't be sent. */
export function encodePlain(value: unknown): Buffer {
  return bytesOf(value, LIMITS, Infinity);
}

/** What {@link encodePlain} has written. Byte values are views. @throws SerializationError if it is malformed. */
export function decodePlain(bytes: Buffer): unknown {
  return bson.decode(bytes, NO_STREAMS)[0];
}

/**
 * The value as it would arrive, so that what was measured is what is sent even where reading it twice
 * gives two different things. Undefined if it can't be sent, or takes more than `maxBytes`. Never throws.
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
