import {
  calculateObjectSize,
  serialize,
  serializeWithBufferAndIndex,
  setInternalBufferSize,
} from 'bson';

import type { ByteWriter } from '../../base/byte-writer.ts';
import { Misfit } from '../misfit.ts';
import type { TupleDocument } from './tuple-walk.ts';

/** Up to here a message is written into the open slab, of which a quarter at most is then wasted. */
const MAX_DIRECT_BYTES = 16_384;

/** js-bson encodes into scratch memory of this size, and loses what is beyond it. */
const SCRATCH_BYTES = 17 * 1024 * 1024;

/**
 * Appends a document that takes at most `maxBytes`. One above 17 MiB makes js-bson's scratch memory
 * grow to its size for good.
 *
 * @throws if the document has changed since it was measured; js-bson's own errors too.
 */
export function writeDocument(document: TupleDocument, maxBytes: number, out: ByteWriter): void {
  if (maxBytes <= MAX_DIRECT_BYTES) {
    out.reserve(maxBytes);
    const last = serializeWithBufferAndIndex(document, out.buffer, { index: out.offset });
    assertSize(last + 1 - out.offset, maxBytes);
    out.offset = last + 1;
  } else if (maxBytes <= SCRATCH_BYTES) {
    const bytes = serialize(document);
    assertSize(bytes.length, maxBytes);
    out.append(bytes);
  } else {
    const exactBytes = calculateObjectSize(document);
    setInternalBufferSize(exactBytes);
    const bytes = serialize(document);
    assertSize(bytes.length, exactBytes);
    out.append(bytes);
  }
}

function assertSize(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw new Misfit('the value changed while it was encoded');
}
