/**
 * Our private feature: a BSON document with a version, offered on main connections and on every
 * child. A peer that does not answer it is treated as a plain Seastar.
 */

import { Binary, deserialize, Long, serialize } from 'bson';
import { OptionError, ProtocolError } from '../../errors/errors.ts';
import { capabilitiesOf, EXTENSION_VERSION } from './capabilities.ts';
import {
  MAC_BYTES,
  NONCE_BYTES,
  type Proof,
  SECRET_BYTES,
  SESSION_ID_BYTES,
  type SessionKey,
  sessionKey,
} from './proof.ts';
import {
  type Refusal,
  readRefusal,
  readResumeFields,
  type ResumeFields,
  writeRefusal,
  writeResumeFields,
} from './resume-record.ts';

/** Limit of the whole document; a token may take most of it. */
export const MAX_EXTENSION_BYTES = 8_192;

/** The content of the document. */
export interface Extension extends ResumeFields {
  /** When encoding: the sender's own version. When decoded: the lower one of both sides. */
  readonly version: number;
  /** Sent by the client on main connections: the token for the server's `authenticate` hook. */
  readonly token?: string | undefined;
  /** Sent by the server on main connections. */
  readonly session?: SessionKey | undefined;
  /** Sent by the client on children of a connection that has a session. */
  readonly proof?: Proof | undefined;
  /**
   * Sent by the server in an answer that is not finished: the reason why it refuses the client. A text
   * in version 2.
   */
  readonly refused?: string | Refusal | undefined;
  /**
   * Sent by the client on children: whether the child carries value streams, one after the other.
   */
  readonly isLane?: boolean | undefined;
}

/**
 * The document of a server on every child, and of a client without a token on a main connection.
 */
const VERSION_ALONE = Buffer.from(serialize({ v: EXTENSION_VERSION }));

/**
 * The data of the record. Leave it unchanged.
 *
 * @param extension - has our own version unless it names another.
 * @throws OptionError for a token that is too long.
 */
export function encodeExtension(extension: Partial<Extension> = {}): Buffer {
  const { version = EXTENSION_VERSION, token, session, proof, isLane = false, refused } = extension;
  const { resume, resumed, keepMs, stream } = extension;
  const field = token ?? session ?? proof ?? refused ?? resume ?? resumed ?? keepMs ?? stream;
  const isBare = field === undefined && !isLane;
  if (isBare && version === EXTENSION_VERSION) return VERSION_ALONE;
  const bytes = Buffer.from(
    serialize(
      {
        v: version,
        token,
        ...sessionFields(session),
        proof: proofFields(proof),
        lane: isLane || undefined,
        refused: typeof refused === 'object' ? writeRefusal(refused) : refused,
        ...writeResumeFields(extension),
      },
      { ignoreUndefined: true },
    ),
  );
  if (bytes.length > MAX_EXTENSION_BYTES) {
    throw new OptionError('token', `is longer than ${MAX_EXTENSION_BYTES} bytes allow`);
  }
  return bytes;
}

function sessionFields(session: SessionKey | undefined): object {
  if (session === undefined) return {};
  return { sid: new Binary(session.id), secret: new Binary(session.secret.export()) };
}

function proofFields(proof: Proof | undefined): object | undefined {
  if (proof === undefined) return undefined;
  const { counter, nonce, mac } = proof;
  return { c: Long.fromNumber(counter), n: new Binary(nonce), h: new Binary(mac) };
}

/**
 * The content of a peer's record; undefined if there is none, or we don't speak the extension.
 *
 * @param own - the version that this end speaks.
 * @throws ProtocolError if the record is malformed.
 */
export function agreedExtension(
  isSpoken: boolean,
  data: Buffer | undefined,
  own?: number,
): Extension | undefined {
  return isSpoken && data !== undefined ? decodeExtension(data, own) : undefined;
}

/**
 * Reads the record's data. Unknown fields are ignored, and so are fields that the lower version of
 * both sides does not have. Binary values are copies or views of `data`.
 *
 * @param own - the version that this end speaks.
 * @throws ProtocolError if the record is malformed.
 */
export function decodeExtension(data: Buffer, own: number = EXTENSION_VERSION): Extension {
  if (own === EXTENSION_VERSION && data.equals(VERSION_ALONE)) return { version: own };
  const document = parse(data);
  const version = Math.min(readVersion(document['v']), own);
  const token = readToken(document['token']);
  const { sessions, resume } = capabilitiesOf(version, own);
  if (!sessions) return { version, token };
  return {
    version,
    token,
    session: readSession(document['sid'], document['secret']),
    proof: readProof(document['proof']),
    isLane: readLane(document['lane']),
    refused: readRefused(document['refused'], resume),
    ...(resume ? readResumeFields(document) : undefined),
  };
}

function readVersion(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw new ProtocolError('the extension names no version');
}

function readToken(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new ProtocolError('the extension has a token that is no string');
}

/** Only a client reads it; in any other place it means nothing. */
function readRefused(value: unknown, canResume: boolean): string | Refusal | undefined {
  if (typeof value === 'string') return value;
  return canResume && value !== undefined ? readRefusal(value) : undefined;
}

function readLane(value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw new ProtocolError('the extension has a lane flag that is no boolean');
}

function readSession(id: unknown, secret: unknown): SessionKey | undefined {
  if (id === undefined && secret === undefined) return undefined;
  if (hasBytes(id, SESSION_ID_BYTES) && hasBytes(secret, SECRET_BYTES)) {
    return sessionKey(id, secret);
  }
  throw new ProtocolError('the extension has a malformed session');
}

function readProof(value: unknown): Proof | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null) {
    const { c: counter, n: nonce, h: mac } = value as Record<string, unknown>;
    if (isCounter(counter) && hasBytes(nonce, NONCE_BYTES) && hasBytes(mac, MAC_BYTES)) {
      return { counter, nonce, mac };
    }
  }
  throw new ProtocolError('the extension has a malformed proof');
}

function isCounter(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function hasBytes(value: unknown, count: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === count;
}

function parse(data: Buffer): Record<string, unknown> {
  if (data.length > MAX_EXTENSION_BYTES) {
    throw new ProtocolError(`an extension of ${data.length} bytes`);
  }
  try {
    return deserialize(data, { promoteBuffers: true });
  } catch (error) {
    throw new ProtocolError('the extension is no BSON document', 'connection', error);
  }
}
