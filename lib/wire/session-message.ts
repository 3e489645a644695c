/**
 * The main messages of version 3 of our extension, by which the two ends of a session agree on how
 * far each has come.
 */

import { type AckKind, type Acks, readAcks } from './acks.ts';
import {
  KIND_BYTES,
  malformed,
  readOnly,
  readWords,
  withWords,
  WORD_BYTES,
} from './main-message-body.ts';
import { KINDS } from './main-message-kind.ts';
import {
  readResumePoint,
  RESUME_POINT_BYTES,
  type ResumePoint,
  writeResumePoint,
} from './resume-point.ts';

/** The most ids of one `calls-pending`. One that holds fewer is the last. */
export const MAX_PENDING_CALLS = 4_096;

/** A whole `child-parted`: an id, and an attempt of four bytes. */
const CHILD_PARTED_BYTES = KIND_BYTES + WORD_BYTES + 4;

/** How much the sender has received in this session; see `frame-positions.ts`. */
interface Received {
  readonly kind: 'received';
  /** From a server the highest message id, from a client the number of frames. */
  readonly position: number;
}

/** From a client that has resumed: calls that the server has received, and has not answered. */
interface CallsPending {
  readonly kind: 'calls-pending';
  readonly messageIds: readonly number[];
}

/** From a server: the client is to go on sending a stream. */
interface StreamResume extends ResumePoint {
  readonly kind: 'stream-resume';
}

/** How far the sender has come with several streams. */
interface AckMessage {
  readonly kind: AckKind;
  readonly acks: Acks;
}

/** The reader of the stream has taken its end, and has acknowledged all of it. */
interface StreamDone {
  readonly kind: 'stream-done';
  readonly number: number;
}

/** From a client that closes in order: the server keeps nothing of the session. */
interface SessionEnd {
  readonly kind: 'session-end';
}

/**
 * From a client: the lane for a stream of its own is lost, or could not be opened. If the server still
 * waits for the lane of that attempt, it asks anew.
 */
interface StreamParted {
  readonly kind: 'stream-parted';
  readonly number: number;
  /** That of the server's `stream-resume`; 0 for its `stream-open`. */
  readonly attempt: number;
}

/**
 * From a server: it has lost the child that carries a stream of a verb. The client is to dial another
 * one, if it goes on with the child of that attempt.
 */
interface ChildParted {
  readonly kind: 'child-parted';
  /** The id of the stream's first child. */
  readonly streamId: bigint;
  /** That of the resume that has led to the child; 0 for the first one. */
  readonly attempt: number;
}

/** A message of a session. */
export type SessionMessage =
  | Received
  | CallsPending
  | StreamResume
  | AckMessage
  | StreamDone
  | SessionEnd
  | StreamParted
  | ChildParted;

/** The message's bytes. Those of acknowledgements are the batch's own. */
export function encodeSessionMessage(message: SessionMessage): Buffer {
  const kind = KINDS[message.kind];
  switch (message.kind) {
    case 'received':
      return withWords(kind, [message.position]);
    case 'calls-pending':
      return withWords(kind, message.messageIds);
    case 'stream-resume': {
      const bytes = Buffer.alloc(KIND_BYTES + RESUME_POINT_BYTES);
      bytes[0] = kind;
      writeResumePoint(bytes, KIND_BYTES, message);
      return bytes;
    }
    case 'stream-ack':
    case 'child-ack':
      return message.acks.bytes;
    case 'stream-done':
      return withWords(kind, [message.number]);
    case 'session-end':
      return withWords(kind, []);
    case 'stream-parted':
      return withWords(kind, [message.number, message.attempt]);
    case 'child-parted':
      return encodeChildParted(message);
  }
}

/** Reads a message; undefined for another kind. @throws ProtocolError if it is malformed. */
export function decodeSessionMessage(bytes: Buffer): SessionMessage | undefined {
  switch (bytes[0]) {
    case KINDS.received:
      return { kind: 'received', position: readOnly(bytes) };
    case KINDS['calls-pending']:
      checkLength(bytes.length <= KIND_BYTES + MAX_PENDING_CALLS * WORD_BYTES);
      return { kind: 'calls-pending', messageIds: readWords(bytes) };
    case KINDS['stream-resume']:
      checkLength(bytes.length === KIND_BYTES + RESUME_POINT_BYTES);
      return { kind: 'stream-resume', ...readResumePoint(bytes, KIND_BYTES) };
    case KINDS['stream-ack']:
      return { kind: 'stream-ack', acks: readAcks(bytes, 'stream-ack') };
    case KINDS['child-ack']:
      return { kind: 'child-ack', acks: readAcks(bytes, 'child-ack') };
    case KINDS['stream-done']:
      return { kind: 'stream-done', number: readOnly(bytes) };
    case KINDS['session-end']:
      checkLength(bytes.length === KIND_BYTES);
      return { kind: 'session-end' };
    case KINDS['stream-parted']: {
      checkLength(bytes.length === KIND_BYTES + 2 * WORD_BYTES);
      // The length was checked.
      const [number, attempt] = readWords(bytes) as [number, number];
      return { kind: 'stream-parted', number, attempt };
    }
    case KINDS['child-parted']:
      checkLength(bytes.length === CHILD_PARTED_BYTES);
      return {
        kind: 'child-parted',
        streamId: bytes.readBigUInt64LE(KIND_BYTES),
        attempt: bytes.readUInt32LE(KIND_BYTES + WORD_BYTES),
      };
    default:
      return undefined;
  }
}

function encodeChildParted({ kind, streamId, attempt }: ChildParted): Buffer {
  const bytes = Buffer.alloc(CHILD_PARTED_BYTES);
  bytes[0] = KINDS[kind];
  bytes.writeBigUInt64LE(streamId, KIND_BYTES);
  bytes.writeUInt32LE(attempt, KIND_BYTES + WORD_BYTES);
  return bytes;
}

function checkLength(isRight: boolean): void {
  if (!isRight) malformed();
}
