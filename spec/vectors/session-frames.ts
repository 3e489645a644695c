import { ByteWriter } from '../../lib/base/byte-writer.ts';
import { SlabPool } from '../../lib/base/slab-pool.ts';
import {
  decodeExtension,
  encodeExtension,
  type Extension,
} from '../../lib/connection/handshake/extension.ts';
import { ProofChecker, Prover } from '../../lib/connection/handshake/proof.ts';
import { AckBatch } from '../../lib/wire/acks.ts';
import { decodeException, writeLostException } from '../../lib/wire/exception-body.ts';
import { decodeLaneFrame, encodeLaneFrame, type LaneFrame } from '../../lib/wire/lane-frame.ts';
import {
  decodeMainMessage,
  encodeMainMessage,
  type MainMessage,
} from '../../lib/wire/main-message.ts';
import { entriesOf } from '../support/ack-entries.ts';
import { EXAMPLE_NONCES, EXAMPLE_SESSION } from '../support/example-session.ts';

/** The version whose bytes these are. */
export const SESSION_VERSION = 3;

/** The ids of the session's first main connection, of its next one, and of a child. */
export const FIRST_ID = 0x4f1a_22c0_9d3e_0001n;
export const NEXT_ID = 0xc3d4_e5f6_0718_0001n;
export const FIRST_CHILD_ID = 0x7b60_5188_e2f4_0001n;

const LARGEST = Number.MAX_SAFE_INTEGER;

/** Bytes of version 3, and their meaning. */
export interface FrameSample {
  readonly name: string;
  readonly place: 'record' | 'main message' | 'lane frame' | 'exception';
  readonly value: unknown;
  /** Writes the value. */
  encode(): Buffer;
  /** Reads it. */
  decode(bytes: Buffer): unknown;
}

/** The first proof that the session's client makes, to resume. */
export function resumeProof(): ReturnType<Prover['prove']> {
  return new Prover(EXAMPLE_SESSION, FIRST_ID, EXAMPLE_NONCES).prove('resume');
}

/** The answer of the session's server to {@link resumeProof}. */
export function resumedMac(): Buffer {
  return new ProofChecker(EXAMPLE_SESSION, FIRST_ID).answer(NEXT_ID, resumeProof());
}

/** Each of the records, messages, frames and exceptions that version 3 brings. */
export const SESSION_FRAMES: readonly FrameSample[] = [
  record('a client resumes', {
    proof: resumeProof(),
    resume: { sessionId: EXAMPLE_SESSION.id, firstId: FIRST_ID, received: 17 },
  }),
  record('a client resumes with a token, at the largest position', {
    token: 'let me in',
    proof: resumeProof(),
    resume: { sessionId: EXAMPLE_SESSION.id, firstId: 2n ** 64n - 1n, received: LARGEST },
  }),
  record('a server resumes', { resumed: { mac: resumedMac(), received: 5 } }),
  record('a server begins a session', { session: EXAMPLE_SESSION, keepMs: 180_000 }),
  record('a server refuses an identity', { refused: { why: 'principal' } }),
  record('a server is full', { refused: { why: 'full', retryAfterMs: 5_000 } }),
  record('a server leaves', { refused: { why: 'leaving', retryAfterMs: 0 } }),
  record('a client begins a resumable stream of a verb', { stream: {} }),
  record('a client resumes a stream of a verb', {
    stream: { id: FIRST_CHILD_ID, taken: 3, attempt: 1 },
  }),
  record('a server goes on with a stream of a verb', { stream: { taken: 40 } }),
  message('received', { kind: 'received', position: 1_024 }),
  message('nothing received', { kind: 'received', position: 0 }),
  message('calls that have no reply', { kind: 'calls-pending', messageIds: [2, 5, LARGEST] }),
  message('no calls that have no reply', { kind: 'calls-pending', messageIds: [] }),
  message('a server resumes a stream', {
    kind: 'stream-resume',
    number: 2,
    taken: 120,
    acknowledged: 100,
    attempt: 3,
  }),
  message('acknowledgements of streams', streamAcks()),
  message('acknowledgements of children', childAcks()),
  message('a stream is done', { kind: 'stream-done', number: 2 }),
  message('the session ends', { kind: 'session-end' }),
  message('a lane is lost', { kind: 'stream-parted', number: 2, attempt: 3 }),
  message('a child is lost', {
    kind: 'child-parted',
    streamId: 0x7b60_5188_e2f4_0001n,
    attempt: 3,
  }),
  frame('a mark', { type: 'mark', document: Buffer.from('cafe', 'hex') }),
  frame('skipped items', { type: 'skipped', items: 7 }),
  frame('a checksum', { type: 'sum', items: 120, crc32: 0xcbf4_3926 }),
  frame('the terms of a stream', {
    type: 'retained',
    firstIndex: 100,
    windowBytes: 16_777_216,
    windowItems: 0,
    ackPeriod: 0,
    isManual: false,
    isRealTime: false,
    canResume: true,
  }),
  frame('the terms of a stream with all flags', {
    type: 'retained',
    firstIndex: LARGEST,
    windowBytes: 1,
    windowItems: 61,
    ackPeriod: 30,
    isManual: true,
    isRealTime: true,
    canResume: true,
  }),
  frame('a client resumes a stream', {
    type: 'resume',
    number: 4,
    taken: 120,
    acknowledged: 100,
    attempt: 0xffff_ffff,
  }),
  {
    name: 'a reply is lost',
    place: 'exception',
    value: { kind: 'lost', text: 'the reply is lost' },
    encode: () => {
      const out = new ByteWriter(new SlabPool());
      writeLostException(out, 'the reply is lost');
      return out.takeBytes();
    },
    decode: (bytes) => decodeException(bytes, true),
  },
];

function record(name: string, fields: Partial<Extension>): FrameSample {
  return {
    name,
    place: 'record',
    value: fields,
    encode: () => encodeExtension({ version: SESSION_VERSION, ...fields }),
    decode: (bytes) => withoutAbsent(decodeExtension(bytes, SESSION_VERSION)),
  };
}

function message(name: string, value: MainMessage): FrameSample {
  return {
    name,
    place: 'main message',
    value: withEntries(value),
    encode: () => encodeMainMessage(value),
    decode: (bytes) => {
      const read = decodeMainMessage(bytes, undefined, true);
      return read && withEntries(read);
    },
  };
}

function frame(name: string, value: LaneFrame): FrameSample {
  return {
    name,
    place: 'lane frame',
    value,
    encode: () => encodeLaneFrame(value),
    decode: (bytes) => decodeLaneFrame(bytes.subarray(8), true),
  };
}

function streamAcks(): MainMessage {
  const batch = new AckBatch('stream-ack');
  batch.add(2, 100, 120);
  batch.add(9, 0, LARGEST);
  return batch.take();
}

function childAcks(): MainMessage {
  const batch = new AckBatch('child-ack');
  batch.addChild(FIRST_CHILD_ID, 4, 5);
  batch.addChild(2n ** 64n - 1n, 0, 1);
  return batch.take();
}

/** The entries of acknowledgements in place of their bytes. */
function withEntries(value: MainMessage): unknown {
  return 'acks' in value ? { ...value, acks: entriesOf(value.acks, value.kind) } : value;
}

/** The fields that are there. Those that every record has are left out. */
function withoutAbsent({ version: _version, isLane: _isLane, ...fields }: Extension): unknown {
  return prune({ ...fields, refused: prune(fields.refused), stream: prune(fields.stream) });
}

function prune(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
