/**
 * The fields that version 3 adds to the extension's document: of a main connection that goes on with
 * a session, of the server's answer to it, and of a child with a resumable stream.
 */

import { Binary, Long } from 'bson';

import { isDocument, type PlainDocument } from '../../document/plain-bson.ts';
import { ProtocolError } from '../../errors/errors.ts';
import { MAX_ATTEMPT } from '../../wire/resume-point.ts';
import { MAC_BYTES, SESSION_ID_BYTES } from './proof.ts';

/** From a client: the session that its main connection goes on with. A proof goes with it. */
export interface Resume {
  readonly sessionId: Uint8Array;
  /** The id of the session's first connection, which the proof names as its parent. */
  readonly firstId: bigint;
  /** The frames that the client has received from the server in the session. */
  readonly received: number;
}

/** From a server: it goes on with the session. */
export interface Resumed {
  /** Proves the server to the client; see `ProofChecker.answer`. */
  readonly mac: Uint8Array;
  /** The highest message id that the server has received in the session. */
  readonly received: number;
}

/** Why a server takes no connection of this client. */
export interface Refusal {
  /**
   * `principal`: it does not accept the client's identity, and will not. `full`: it has no room.
   * `leaving`: it is being closed. Any other reason is one of a later version; another try may help.
   */
  readonly why: string;
  /** Milliseconds after which another try may succeed; undefined for no advice. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * The resumable stream of a child. From a client: nothing for a new stream, all three fields to go on
 * with one. From a server: `taken` alone.
 */
export interface ChildStream {
  /** The id of the stream's first child connection. */
  readonly id?: bigint | undefined;
  /** The messages of the peer's direction that were handed to the sender's code. */
  readonly taken?: number | undefined;
  /** Counts the client's resumes of the stream from 1. */
  readonly attempt?: number | undefined;
}

/** The fields of this version in the document. */
export interface ResumeFields {
  readonly resume?: Resume | undefined;
  readonly resumed?: Resumed | undefined;
  /** Milliseconds that the server keeps the session without a connection. Goes with a new session. */
  readonly keepMs?: number | undefined;
  readonly stream?: ChildStream | undefined;
}

/** The fields as BSON takes them; undefined values are left out. */
export function writeResumeFields({
  resume,
  resumed,
  keepMs,
  stream,
}: ResumeFields): PlainDocument {
  return {
    resume: resume && {
      sid: new Binary(resume.sessionId),
      id: Long.fromBigInt(BigInt.asIntN(64, resume.firstId)),
      r: Long.fromNumber(resume.received),
    },
    resumed: resumed && { h: new Binary(resumed.mac), r: Long.fromNumber(resumed.received) },
    keep: keepMs === undefined ? undefined : Long.fromNumber(keepMs),
    stream: stream && {
      id: stream.id === undefined ? undefined : Long.fromBigInt(BigInt.asIntN(64, stream.id)),
      taken: stream.taken === undefined ? undefined : Long.fromNumber(stream.taken),
      attempt: stream.attempt,
    },
  };
}

/** Reads the fields of a document. @throws ProtocolError if one of them is malformed. */
export function readResumeFields(document: PlainDocument): ResumeFields {
  return {
    resume: readResume(document['resume']),
    resumed: readResumed(document['resumed']),
    keepMs: optional(document['keep'], readCount, 'keep'),
    stream: readStream(document['stream']),
  };
}

/** Writes why a client is refused. */
export function writeRefusal({ why, retryAfterMs }: Refusal): PlainDocument {
  const after = retryAfterMs === undefined ? undefined : Long.fromNumber(retryAfterMs);
  return { why, retryAfterMs: after };
}

/** Reads it. @throws ProtocolError if it is malformed. */
export function readRefusal(value: unknown): Refusal {
  const { why, retryAfterMs } = readDocument(value, 'refused');
  if (typeof why !== 'string') malformed('refused');
  return { why, retryAfterMs: optional(retryAfterMs, readCount, 'refused') };
}

function readResume(value: unknown): Resume | undefined {
  if (value === undefined) return undefined;
  const { sid, id, r } = readDocument(value, 'resume');
  return {
    sessionId: readBytes(sid, SESSION_ID_BYTES, 'resume'),
    firstId: readId(id, 'resume'),
    received: readCount(r, 'resume'),
  };
}

function readResumed(value: unknown): Resumed | undefined {
  if (value === undefined) return undefined;
  const { h, r } = readDocument(value, 'resumed');
  return { mac: readBytes(h, MAC_BYTES, 'resumed'), received: readCount(r, 'resumed') };
}

function readStream(value: unknown): ChildStream | undefined {
  if (value === undefined) return undefined;
  const document = readDocument(value, 'stream');
  const id = optional(document['id'], readId, 'stream');
  const taken = optional(document['taken'], readCount, 'stream');
  const attempt = optional(document['attempt'], readAttempt, 'stream');
  const isResume = id !== undefined && taken !== undefined;
  if (isResume !== (attempt !== undefined) || (id !== undefined && !isResume)) malformed('stream');
  return { id, taken, attempt };
}

/** A whole number from 0 to 2^53-1, in any of BSON's forms of numbers. */
function readCount(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  return malformed(field);
}

function readAttempt(value: unknown, field: string): number {
  const attempt = readCount(value, field);
  return attempt >= 1 && attempt <= MAX_ATTEMPT ? attempt : malformed(field);
}

/** The bits of a u64. An int64 up to 2^53, on either side of 0, comes as a number. */
function readId(value: unknown, field: string): bigint {
  if (value instanceof Long) return BigInt.asUintN(64, value.toBigInt());
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2 ** 53) {
    return BigInt.asUintN(64, BigInt(value));
  }
  return malformed(field);
}

function readBytes(value: unknown, count: number, field: string): Uint8Array {
  return value instanceof Uint8Array && value.length === count ? value : malformed(field);
}

function readDocument(value: unknown, field: string): PlainDocument {
  return isDocument(value) ? value : malformed(field);
}

function optional<T>(
  value: unknown,
  read: (value: unknown, field: string) => T,
  field: string,
): T | undefined {
  return value === undefined ? undefined : read(value, field);
}

/** The value is not shown: it may be a secret. */
function malformed(field: string): never {
  throw new ProtocolError(`the extension has a malformed field ${field}`);
}
