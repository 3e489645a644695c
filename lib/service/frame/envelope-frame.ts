/**
 * The place of the envelope in the payload of a request or reply:
 *
 *     u8 0 | tuple
 *     u8 1 | BSON document | tuple
 *
 * The connection's serializer writes the tuple. The document says its own length.
 */

import { BufferView } from '../../base/buffer-view.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import { readU32 } from '../../base/int32.ts';
import { SerializationError } from '../../errors/errors.ts';
import { MAX_ENVELOPE_BYTES } from './envelope.ts';

const BARE = 0;
const ENVELOPED = 1;

/** A document's length and terminator. */
const MIN_DOCUMENT_BYTES = 5;

/** The parts of a payload, as views. */
export interface EnvelopeFrame {
  readonly envelope: Buffer | undefined;
  readonly tuple: Buffer;
}

/** Writes the bytes before the tuple. */
export function writeEnvelope(out: ByteWriter, envelope: Buffer | undefined): void {
  out.reserve(1);
  out.buffer[out.offset++] = envelope === undefined ? BARE : ENVELOPED;
  if (envelope !== undefined) out.append(envelope);
}

/** @throws SerializationError blaming `remote` if the payload has no such frame. */
export function splitEnvelope(bytes: Buffer): EnvelopeFrame {
  if (bytes[0] === BARE) return { envelope: undefined, tuple: from(bytes, 1) };
  if (bytes[0] !== ENVELOPED) throw malformed(`an envelope of kind ${bytes[0] ?? 'none'}`);
  const bytesLeft = bytes.length - 1;
  if (bytesLeft < MIN_DOCUMENT_BYTES) {
    throw malformed(
      `an envelope of at least ${MIN_DOCUMENT_BYTES} bytes where ${bytesLeft} are left`,
    );
  }
  const envelopeBytes = readU32(bytes, 1);
  if (envelopeBytes < MIN_DOCUMENT_BYTES) {
    throw malformed(`an envelope of ${envelopeBytes} bytes, less than ${MIN_DOCUMENT_BYTES}`);
  }
  if (envelopeBytes > bytesLeft) {
    throw malformed(`an envelope of ${envelopeBytes} bytes where ${bytesLeft} are left`);
  }
  if (envelopeBytes > MAX_ENVELOPE_BYTES) {
    throw malformed(`an envelope of ${envelopeBytes} bytes, more than ${MAX_ENVELOPE_BYTES}`);
  }
  const end = 1 + envelopeBytes;
  return { envelope: bytes.subarray(1, end), tuple: from(bytes, end) };
}

function from(bytes: Buffer, start: number): Buffer {
  return new BufferView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
}

function malformed(problem: string): SerializationError {
  return new SerializationError(problem, { initiator: 'remote' });
}
