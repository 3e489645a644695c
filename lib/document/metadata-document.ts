import { ByteWriter } from '../base/byte-writer.ts';
import { SlabPool } from '../base/slab-pool.ts';
import { ProtocolError } from '../errors/errors.ts';
import type { Metadata } from '../types/value-stream.ts';
import { bson } from '../serializer/bson/bson.ts';
import { NO_HANDLES } from '../serializer/no-handles.ts';

const NOTHING: Metadata = Object.freeze({});

/** Metadata in the form that a lane frame carries; undefined if there is none. */
export function encodeMetadata(metadata: Metadata): Buffer | undefined {
  if (Object.keys(metadata).length === 0) return undefined;
  const out = new ByteWriter(new SlabPool());
  bson.encode([metadata], out, NO_HANDLES);
  return out.takeBytes();
}

/**
 * The metadata in a document. An undefined document gives empty metadata. @throws ProtocolError if
 * it is malformed.
 */
export function decodeMetadata(document: Buffer | undefined): Metadata {
  if (document === undefined) return NOTHING;
  try {
    const metadata: unknown = bson.decode(document, NO_HANDLES)[0];
    if (isMetadata(metadata)) return metadata;
  } catch (error) {
    throw new ProtocolError('the metadata is malformed', 'stream', error);
  }
  throw new ProtocolError('the metadata is no record of texts and bytes', 'stream');
}

function isMetadata(value: unknown): value is Metadata {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one === 'string' || one instanceof Uint8Array);
}
