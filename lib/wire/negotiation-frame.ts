/**
 * The first frame of each direction of every connection.
 *
 *     "SSTARRPC" | u32 length of the records | records
 *     record = u32 feature | u32 length | data
 *
 * Records stand in ascending order of their feature. Source: Seastar `rpc.cc`, `send_negotiation_frame`.
 */

import { ByteQueue } from '../base/byte-queue.ts';
import { TlsError } from '../errors/access-errors.ts';
import { MessageTooLargeError, ProtocolError } from '../errors/errors.ts';
import { FEATURE, type Features } from './feature.ts';
import { wrongMagicError } from './wrong-magic.ts';

/** The first bytes of each direction of every connection. */
export const NEGOTIATION_MAGIC: Buffer = Buffer.from('SSTARRPC', 'latin1');
const HEADER_BYTES = NEGOTIATION_MAGIC.length + 4;
const RECORD_HEADER_BYTES = 8;
const ID_BYTES = 8;
/** The most bytes of another protocol that an error shows. */
const MAX_SHOWN_BYTES = 64;
const NO_DATA = Buffer.alloc(0);

/** The first bytes of TLS: a client begins with a handshake, a server refuses by an alert. */
const TLS_HANDSHAKE = 0x16;
const TLS_ALERT = 0x15;
const TLS_MAJOR = 3;

/** More than any real peer sends; judged from the header, before a record is read. */
export const MAX_NEGOTIATION_BYTES = 65_536;
/** More records than this are a mistake or an attack. */
export const MAX_FEATURES = 64;

/** The frame that says `features`. */
export function encodeNegotiation(features: Features): Buffer {
  const records = recordsOf(features);
  let bytes = HEADER_BYTES;
  for (const { data } of records) bytes += RECORD_HEADER_BYTES + data.length;
  const frame = Buffer.allocUnsafe(bytes);
  NEGOTIATION_MAGIC.copy(frame);
  let at = frame.writeUInt32LE(bytes - HEADER_BYTES, NEGOTIATION_MAGIC.length);
  for (const { feature, data } of records) {
    at = frame.writeUInt32LE(feature, at);
    at = frame.writeUInt32LE(data.length, at);
    at += data.copy(frame, at);
  }
  return frame;
}

/**
 * The beginning of a frame that holds `features` and announces one more record, which never comes.
 * The connection ends behind it.
 */
export function encodeUnfinishedNegotiation(features: Features): Buffer {
  const frame = encodeNegotiation(features);
  const recordBytes = frame.length - HEADER_BYTES;
  frame.writeUInt32LE(recordBytes + RECORD_HEADER_BYTES, NEGOTIATION_MAGIC.length);
  return frame;
}

interface FeatureRecord {
  readonly feature: number;
  readonly data: Buffer;
}

function recordsOf(features: Features): FeatureRecord[] {
  const records: FeatureRecord[] = [];
  const add = (feature: number, data: Buffer): number => records.push({ feature, data });
  if (features.compress !== undefined) {
    add(FEATURE.COMPRESS, Buffer.from(features.compress, 'latin1'));
  }
  if (features.hasTimeout) add(FEATURE.TIMEOUT, NO_DATA);
  if (features.connectionId !== undefined) {
    add(FEATURE.CONNECTION_ID, idBytes(features.connectionId));
  }
  if (features.streamParent !== undefined) {
    add(FEATURE.STREAM_PARENT, idBytes(features.streamParent));
  }
  if (features.isolation !== undefined) add(FEATURE.ISOLATION, features.isolation);
  if (features.hasHandlerDuration) add(FEATURE.HANDLER_DURATION, NO_DATA);
  if (features.extension !== undefined) add(FEATURE.EXTENSION, features.extension);
  return records;
}

function idBytes(id: bigint): Buffer {
  const bytes = Buffer.alloc(ID_BYTES);
  bytes.writeBigUInt64LE(id);
  return bytes;
}

/**
 * Reads one negotiation frame: `push` what the socket gave, then call `next`. Once `next` has
 * returned or thrown, the decoder is done; `rest` holds what came behind the frame.
 */
export class NegotiationDecoder {
  readonly #bytes = new ByteQueue();
  #recordBytes: number | undefined;

  push(chunk: Buffer): void {
    this.#bytes.append(chunk);
  }

  /** Whether the first byte has come. */
  get hasStarted(): boolean {
    return this.#bytes.byteLength > 0 || this.#recordBytes !== undefined;
  }

  /**
   * The features, or undefined while bytes are missing.
   *
   * @throws ProtocolError for a wrong magic (as soon as a byte differs) or malformed records.
   * @throws MessageTooLargeError from the header, before the records are read.
   */
  next(): Features | undefined {
    if (this.#recordBytes === undefined) {
      const header = this.#header();
      if (header === undefined) return undefined;
      this.#recordBytes = header;
    }
    if (this.#bytes.byteLength < this.#recordBytes) return undefined;
    return decodeRecords(this.#bytes.take(this.#recordBytes));
  }

  /** The whole records of a frame that was not finished; undefined if there is none. Never throws. */
  begun(): Features | undefined {
    if (this.#recordBytes === undefined || this.#bytes.byteLength === 0) return undefined;
    try {
      return decodeRecords(this.rest());
    } catch {
      return undefined;
    }
  }

  /** The bytes that came behind the frame. */
  rest(): Buffer {
    return this.#bytes.take(this.#bytes.byteLength);
  }

  #header(): number | undefined {
    const held = Math.min(this.#bytes.byteLength, HEADER_BYTES);
    const header = this.#bytes.take(held);
    const magicBytes = Math.min(held, NEGOTIATION_MAGIC.length);
    if (!header.subarray(0, magicBytes).equals(NEGOTIATION_MAGIC.subarray(0, magicBytes))) {
      const rest = this.#bytes.take(Math.min(this.#bytes.byteLength, MAX_SHOWN_BYTES));
      const text = Buffer.concat([header, rest]).subarray(0, MAX_SHOWN_BYTES);
      throw wrongMagic(header.subarray(0, magicBytes), text);
    }
    if (held < HEADER_BYTES) {
      this.#bytes.append(header);
      return undefined;
    }
    const recordBytes = header.readUInt32LE(NEGOTIATION_MAGIC.length);
    if (recordBytes > MAX_NEGOTIATION_BYTES) {
      throw new MessageTooLargeError(
        recordBytes,
        MAX_NEGOTIATION_BYTES,
        'the negotiation frame has a fixed limit',
        'connection',
        'remote',
      );
    }
    return recordBytes;
  }
}

/** @param begin - more of what has come, for a peer that speaks in texts. */
function wrongMagic(magic: Buffer, begin: Buffer): ProtocolError | TlsError {
  const shown = `wrong protocol magic: ${magic.toString('hex')}`;
  if (begin[0] === TLS_HANDSHAKE) {
    return new TlsError(`${shown}; this looks like TLS on a plain port`, 'remote');
  }
  if (begin[0] === TLS_ALERT && begin[1] === TLS_MAJOR) {
    return new TlsError(`${shown}; the peer speaks TLS: give the option tls`, 'remote');
  }
  return wrongMagicError(`${shown}${guessProtocol(begin)}`);
}

function guessProtocol(bytes: Buffer): string {
  const [line = ''] = bytes.toString('latin1').split(/[\r\n]/, 1);
  const isHttp = /^(?:GET|PUT|POST|HEAD|PRI|OPTI|DELE|HTTP)/.test(line);
  if (isHttp) return `; this looks like HTTP: "${printable(line)}"`;
  const isText = line.length > NEGOTIATION_MAGIC.length && /^[\x20-\x7e]*$/.test(line);
  return isText ? `; it says "${printable(line)}"` : '';
}

/** The text comes from the peer: it must not forge a line or end the quotes. */
function printable(text: string): string {
  return text.replaceAll(
    /[^\x20-\x7e]|["\\]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function decodeRecords(bytes: Buffer): Features {
  const records = new Map<number, Buffer>();
  let at = 0;
  for (let count = 0; at < bytes.length; count++) {
    if (count === MAX_FEATURES) throw new ProtocolError(`more than ${MAX_FEATURES} features`);
    if (bytes.length - at < RECORD_HEADER_BYTES) {
      throw new ProtocolError('bad feature data format in the negotiation frame');
    }
    const feature = bytes.readUInt32LE(at);
    const length = bytes.readUInt32LE(at + 4);
    at += RECORD_HEADER_BYTES;
    if (length > bytes.length - at) {
      throw new ProtocolError('buffer underflow in feature data in the negotiation frame');
    }
    if (!records.has(feature)) records.set(feature, bytes.subarray(at, at + length));
    at += length;
  }
  return featuresOf(records);
}

function featuresOf(records: ReadonlyMap<number, Buffer>): Features {
  return {
    compress: records.get(FEATURE.COMPRESS)?.toString('latin1'),
    hasTimeout: records.has(FEATURE.TIMEOUT),
    connectionId: readId(records.get(FEATURE.CONNECTION_ID), 'CONNECTION_ID'),
    streamParent: readId(records.get(FEATURE.STREAM_PARENT), 'STREAM_PARENT'),
    isolation: records.get(FEATURE.ISOLATION),
    hasHandlerDuration: records.has(FEATURE.HANDLER_DURATION),
    extension: records.get(FEATURE.EXTENSION),
  };
}

function readId(data: Buffer | undefined, name: string): bigint | undefined {
  if (data === undefined) return undefined;
  if (data.length !== ID_BYTES) {
    throw new ProtocolError(`feature ${name} has ${data.length} bytes in place of ${ID_BYTES}`);
  }
  return data.readBigUInt64LE(0);
}
