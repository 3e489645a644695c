/**
 * The payload of a reply with a negative message id.
 *
 *     u32 type | u32 length | data
 *     USER = 0: text; UNKNOWN_VERB = 1: u64 verb
 *     STRUCTURED = 0x534c0001: an error as a document, of our extension
 *     REFUSED = 0x534c0002: text, of our extension; nothing was done, another try may succeed
 *     LOST = 0x534c0003: text, of its version 3; the call may have run, its reply is lost
 *
 * Source: Seastar `rpc.cc`, `exception_type` and `marshal_exception`.
 */

import type { ByteWriter } from '../base/byte-writer.ts';
import { ProtocolError } from '../errors/errors.ts';
import { readU64, writeU64, type U64 } from './integers.ts';

const USER = 0;
const UNKNOWN_VERB = 1;
const STRUCTURED = 0x534c_0001;
const REFUSED = 0x534c_0002;
const LOST = 0x534c_0003;
const VERB_BYTES = 8;

/** Type and length, in front of the data. */
export const EXCEPTION_HEADER_BYTES = 8;

/** The failure of a handler or its server. */
export type ExceptionBody =
  | { readonly kind: 'user'; readonly text: string }
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'lost'; readonly text: string }
  | { readonly kind: 'unknown-verb'; readonly verb: U64 }
  | { readonly kind: 'structured'; readonly document: Buffer }
  | { readonly kind: 'unknown'; readonly type: number };

/** Appends a USER exception. */
export function writeUserException(out: ByteWriter, text: string): void {
  writeText(out, USER, text);
}

/** Appends a REFUSED exception. Only for peers that speak our extension. */
export function writeRefusedException(out: ByteWriter, text: string): void {
  writeText(out, REFUSED, text);
}

/** Appends a LOST exception. Only for clients that have resumed their session. */
export function writeLostException(out: ByteWriter, text: string): void {
  writeText(out, LOST, text);
}

/** Appends a STRUCTURED exception. Only for peers that speak our extension. */
export function writeStructuredException(out: ByteWriter, document: Buffer): void {
  writeHeader(out, STRUCTURED, document.length);
  out.append(document);
}

/** Appends an UNKNOWN_VERB exception. */
export function writeUnknownVerb(out: ByteWriter, verb: U64): void {
  writeHeader(out, UNKNOWN_VERB, VERB_BYTES);
  out.reserve(VERB_BYTES);
  writeU64(out.buffer, out.offset, verb);
  out.offset += VERB_BYTES;
}

function writeText(out: ByteWriter, type: number, text: string): void {
  const data = Buffer.from(text, 'utf8');
  writeHeader(out, type, data.length);
  out.append(data);
}

function writeHeader(out: ByteWriter, type: number, length: number): void {
  out.reserve(EXCEPTION_HEADER_BYTES);
  out.buffer.writeUInt32LE(type, out.offset);
  out.buffer.writeUInt32LE(length, out.offset + 4);
  out.offset += EXCEPTION_HEADER_BYTES;
}

/**
 * Reads an exception's body.
 *
 * @param canResume - whether the connection has version 3 of our extension, with LOST.
 * @throws ProtocolError if it is cut short.
 */
export function decodeException(payload: Buffer, canResume = false): ExceptionBody {
  if (payload.length < EXCEPTION_HEADER_BYTES)
    throw new ProtocolError('an exception without type and length', 'call');
  const type = payload.readUInt32LE(0);
  const length = payload.readUInt32LE(4);
  if (length > payload.length - EXCEPTION_HEADER_BYTES) {
    throw new ProtocolError(
      `an exception of ${length} bytes in a reply of ${payload.length}`,
      'call',
    );
  }
  const data = payload.subarray(EXCEPTION_HEADER_BYTES, EXCEPTION_HEADER_BYTES + length);
  if (type === USER) return { kind: 'user', text: data.toString('utf8') };
  if (type === REFUSED) return { kind: 'refused', text: data.toString('utf8') };
  if (type === LOST && canResume) return { kind: 'lost', text: data.toString('utf8') };
  if (type === STRUCTURED) return { kind: 'structured', document: data };
  if (type !== UNKNOWN_VERB) return { kind: 'unknown', type };
  if (length !== VERB_BYTES) throw new ProtocolError(`an unknown verb of ${length} bytes`, 'call');
  return { kind: 'unknown-verb', verb: readU64(data, 0) };
}
