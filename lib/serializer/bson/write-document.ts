import {
  calculateObjectSize,
  serialize,
  serializeWithBufferAndIndex,
  setInternalBufferSize,
} from 'bson';

import type { ByteWriter } from '../../base/byte-writer.ts';
import { Misfit } from '../misfit.ts';
import type { TupleDocument } from './tuple-walk.ts';

/**
 * Messages of up to this size are written into the open slab. One that does not fit leaves less
 * than half of the slab unused.
 */
const MAX_DIRECT_BYTES = 16_384;

/** js-bson encodes into scratch memory of this size, and loses bytes beyond it. */
const SCRATCH_BYTES = 17 * 1024 * 1024;

/**
 * Appends a document that takes at most `maxBytes`.
 *
 * @throws as {@link documentBytes}.
 */
export function writeDocument(document: TupleDocument, maxBytes: number, out: ByteWriter): void {
  if (maxBytes > MAX_DIRECT_BYTES) {
    out.append(documentBytes(document, maxBytes));
    return;
  }
  out.reserve(maxBytes);
  const last = serializeWithBufferAndIndex(document, out.buffer, { index: out.offset });
  assertSize(last + 1 - out.offset, maxBytes);
  out.offset = last + 1;
}

/**
 * A document that takes at most `maxBytes`, in memory of its own. A document above 17 MiB makes
 * js-bson's scratch memory grow to its size for good.
 *
 * @throws if the document has changed since it was measured; js-bson's own errors too.
 */
export function documentBytes(document: TupleDocument, maxBytes: number): Uint8Array {
  let limit = maxBytes;
  if (maxBytes > SCRATCH_BYTES) {
    limit = calculateObjectSize(document);
    setInternalBufferSize(limit);
  }
  const bytes = serialize(document);
  assertSize(bytes.length, limit);
  return bytes;
}

function assertSize(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw new Misfit('the value changed while it was encoded');
}
