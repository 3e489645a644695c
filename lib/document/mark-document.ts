import { MisuseError, ProtocolError } from '../errors/errors.ts';
import { decodePlain, encodePlain, isDocument } from './plain-bson.ts';

/** The most bytes of a whole document, so that a lane frame holds it. */
export const MAX_MARK_DOCUMENT_BYTES = 65_535;

/** A place in a stream from which it can be read again, also by another process. */
export interface Mark {
  /** The place, as the producer's code names it. */
  readonly cursor: unknown;
  /** The items that the producer has behind it; undefined if it does not know. */
  readonly lagItems?: number | undefined;
  /** Their bytes. */
  readonly lagBytes?: number | undefined;
}

/** A mark as bytes. @throws MisuseError for a cursor that is too large, or the error of one that can’t be sent. */
export function encodeMark({ cursor, lagItems, lagBytes }: Mark): Buffer {
  const bytes = encodePlain({ cursor, lagItems, lagBytes });
  if (bytes.length <= MAX_MARK_DOCUMENT_BYTES) return bytes;
  throw new MisuseError(`a mark of ${bytes.length} bytes is above ${MAX_MARK_DOCUMENT_BYTES}`);
}

/**
 * Reads the bytes of {@link encodeMark}. A lag that is no whole number counts as none.
 *
 * @throws ProtocolError of the stream if they are malformed, or there is no cursor.
 */
export function decodeMark(bytes: Buffer): Mark {
  const document = readDocument(bytes);
  if (!isDocument(document) || document['cursor'] === undefined) {
    throw new ProtocolError('a mark without a cursor', 'stream');
  }
  const { cursor, lagItems, lagBytes } = document;
  return { cursor, lagItems: lagOf(lagItems), lagBytes: lagOf(lagBytes) };
}

function readDocument(bytes: Buffer): unknown {
  try {
    return decodePlain(bytes);
  } catch (error) {
    throw new ProtocolError('a malformed mark', 'stream', error);
  }
}

function lagOf(value: unknown): number | undefined {
  const lag = typeof value === 'bigint' ? Number(value) : value;
  return typeof lag === 'number' && Number.isSafeInteger(lag) && lag >= 0 ? lag : undefined;
}
