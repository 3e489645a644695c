/**
 * Errors on the wire: the error of a handler or a producer, and the reason of a cancel.
 * `PROTOCOL.md` has the fields.
 */

import { ProtocolError } from '../errors/errors.ts';
import type { Peer } from '../transport/transport.ts';
import { describeError } from './error-record.ts';
import { isLibraryEnd, readLibraryEnd } from './library-end.ts';
import { decodePlain, encodePlain, isDocument, type PlainDocument } from './plain-bson.ts';
import { reviveError } from './revived-error.ts';

/** The most bytes of a whole error. */
export const MAX_ERROR_DOCUMENT_BYTES = 32_768;

/**
 * A thrown value as bytes, at most {@link MAX_ERROR_DOCUMENT_BYTES}: name, message, code, own
 * fields and causes, as far as they can be sent and there is room. Never a stack. Never throws, for
 * any value.
 *
 * @param keepsPaths - whether errors of the file system keep their paths.
 */
export function encodeError(thrown: unknown, keepsPaths?: boolean): Buffer {
  return encodePlain(describeError(thrown, keepsPaths));
}

/** As {@link encodeError}, for the end of a stream: it also says whether our library has ended it. */
export function encodeStreamError(thrown: unknown, keepsPaths?: boolean): Buffer {
  const record = describeError(thrown, keepsPaths);
  if (isLibraryEnd(thrown)) record.isLibraryEnd = true;
  return encodePlain(record);
}

/**
 * The error that the bytes describe, as far as it can be rebuilt here, marked as thrown by `peer`.
 * A ProtocolError if the bytes are malformed. Never throws.
 */
export function decodeError(bytes: Buffer, peer?: Peer): Error {
  return decodeWith(bytes, (record) => reviveError(record, peer));
}

/** As {@link decodeError}, or an error of our own if the peer's library has ended the stream. */
export function decodeStreamError(bytes: Buffer, peer?: Peer): Error {
  return decodeWith(bytes, (record) => {
    const error = reviveError(record, peer);
    return record['isLibraryEnd'] === true ? (readLibraryEnd(error) ?? error) : error;
  });
}

function decodeWith(bytes: Buffer, revive: (record: PlainDocument) => Error): Error {
  try {
    if (bytes.length > MAX_ERROR_DOCUMENT_BYTES) {
      throw new RangeError(`${bytes.length} bytes are too many`);
    }
    const record = decodePlain(bytes);
    if (isDocument(record)) return revive(record);
    throw new TypeError('there is no document in it');
  } catch (cause) {
    return new ProtocolError('the peer sent a malformed error', 'call', cause);
  }
}
