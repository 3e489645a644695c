/**
 * Our private feature: a BSON document with a version, offered on main connections and repeated on
 * every child. A peer that does not answer it is treated as a plain Seastar.
 */

import { deserialize, serialize } from 'bson';
import { OptionError, ProtocolError } from '../errors.ts';

/** The version that this code speaks. The lower one of both sides holds. */
export const EXTENSION_VERSION = 1;

/** The whole document; a token may take most of it. */
export const MAX_EXTENSION_BYTES = 8_192;

/** What the document says. */
export interface Extension {
  readonly version: number;
  /** From the client: what its server's `authenticate` hook gets. */
  readonly token?: string | undefined;
}

/** What every child says, and every main connection without a token. */
const VERSION_ALONE = Buffer.from(serialize({ v: EXTENSION_VERSION }));

/** The record's data, to be left unchanged. @throws OptionError for a token that is too long. */
export function encodeExtension({ version, token }: Extension): Buffer {
  if (version === EXTENSION_VERSION && token === undefined) return VERSION_ALONE;
  const bytes = Buffer.from(
    serialize(token === undefined ? { v: version } : { v: version, token }),
  );
  if (bytes.length > MAX_EXTENSION_BYTES) {
    throw new OptionError('token', `is longer than ${MAX_EXTENSION_BYTES} bytes allow`);
  }
  return bytes;
}

/**
 * What a peer says in its record, where it has one and we speak the extension too.
 *
 * @throws ProtocolError if it is malformed.
 */
export function agreedExtension(
  isSpoken: boolean,
  data: Buffer | undefined,
): Extension | undefined {
  return isSpoken && data !== undefined ? decodeExtension(data) : undefined;
}

/** Reads the record's data; unknown fields are ignored. @throws ProtocolError if it is malformed. */
export function decodeExtension(data: Buffer): Extension {
  if (data.equals(VERSION_ALONE)) return { version: EXTENSION_VERSION, token: undefined };
  const document = parse(data);
  const version = document['v'];
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    throw new ProtocolError('the extension names no version');
  }
  const token = document['token'];
  if (token !== undefined && typeof token !== 'string') {
    throw new ProtocolError('the extension has a token that is no string');
  }
  return { version: Math.min(version, EXTENSION_VERSION), token };
}

function parse(data: Buffer): Record<string, unknown> {
  if (data.length > MAX_EXTENSION_BYTES) {
    throw new ProtocolError(`an extension of ${data.length} bytes`);
  }
  try {
    return deserialize(data);
  } catch (error) {
    throw new ProtocolError('the extension is no BSON document', 'connection', error);
  }
}
