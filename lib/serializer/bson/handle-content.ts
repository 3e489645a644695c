import { readUtf8 } from '../utf8.ts';

/**
 * The content of a Binary that represents a stream inside a BSON message:
 *
 *     | u64 connection id, or number of a value stream | UTF-8 name of the stream's serializer, to the end |
 */
export interface HandleContent {
  readonly id: bigint;
  readonly serializer: string;
}

const ID_BYTES = 8;

/** The content of a handle's Binary, in a buffer of its own. */
export function encodeHandle(handle: HandleContent): Buffer {
  const id = Buffer.alloc(ID_BYTES);
  id.writeBigUInt64LE(handle.id);
  return Buffer.concat([id, Buffer.from(handle.serializer, 'utf8')]);
}

/** Reads the content in [start, end), or gives undefined if it is malformed. */
export function decodeHandle(bytes: Buffer, start: number, end: number): HandleContent | undefined {
  if (end - start <= ID_BYTES) return undefined;
  const serializer = readUtf8(bytes, start + ID_BYTES, end);
  if (serializer === undefined) return undefined;
  return { id: bytes.readBigUInt64LE(start), serializer };
}
