import { createHash } from 'node:crypto';

import {
  type Compressor,
  type CompressorFactory,
  lz4,
  lz4Fragmented,
} from '../../lib/compression.ts';
import type { CapturedConnection, Direction } from './conversation.ts';
import { recordsOf } from './steps.ts';

/** One frame of a connection, whole, or the rest where the bytes end inside one. */
export interface Frame {
  readonly kind: 'negotiation' | 'request' | 'reply' | 'message' | 'rest';
  /** As sent. All frames in a row are the bytes of the connection. */
  readonly wire: Buffer;
  /** Without the compressor's frame around it. */
  readonly plain: Buffer;
  /** Whether it is a reply with the duration of its handler. */
  readonly hasDuration: boolean;
}

/** What decides how the bytes of a connection are cut. */
export interface Layout {
  readonly role: CapturedConnection['role'];
  readonly direction: Direction;
  /** What the server sent on the connection, at least its negotiation frame: it says what was agreed. */
  readonly answer: Buffer;
}

/** The features that were agreed. */
type Agreed = ReadonlyMap<number, Buffer>;

const COMPRESS = 0;
const TIMEOUT = 1;
const HANDLER_DURATION = 5;

const EOS = 0xffff_ffff;
const LANE_FRAME_MARK = 0xffff_fffe;
const NEGOTIATION_HEADER_BYTES = 12;
const REPLY_HEADER_BYTES = 12;
const DURATION_BYTES = 4;
/** Longer frames are told by their hash, so that a difference can be read. */
const MAX_TOLD_BYTES = 256;
const UNMEASURED = 'ffffffff';
const REQUEST_HEADER_BYTES = 20;
const TIMEOUT_BYTES = 8;
const DECOMPRESSED_LIMIT_BYTES = 1_048_576;

const COMPRESSIONS: Readonly<Record<string, () => CompressorFactory>> = {
  LZ4: () => lz4(),
  LZ4_FRAGMENTED: () => lz4Fragmented(),
};

/**
 * Cuts what one side has sent into frames, with arithmetic of its own instead of what it is to judge.
 */
export function cutFrames(bytes: Buffer, layout: Layout): Frame[] {
  const hasAnswer = negotiationLength(layout.answer) !== undefined;
  const agreed = hasAnswer ? recordsOf(layout.answer) : undefined;
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length;) {
    const left = bytes.subarray(at);
    const frame = at === 0 ? negotiationOf(left) : agreed && frameOf(left, layout, agreed);
    frames.push(frame ?? plainFrame('rest', left));
    at += frame?.wire.length ?? left.length;
  }
  return frames;
}

/** How much of a frame is compared. */
export interface Looks {
  /** Of a duration only whether it was measured. */
  readonly areDurationsMasked: boolean;
  /** What was compressed, and not into what. */
  readonly areDecompressed: boolean;
}

/** A frame as text, for comparing: its kind and its bytes, of a long one their hash. */
export function describeFrame(frame: Frame, looks: Looks): string {
  const bytes = looks.areDecompressed ? frame.plain : frame.wire;
  const hex = bytes.toString('hex', 0, MAX_TOLD_BYTES) + hashBehind(bytes);
  if (!frame.hasDuration || !looks.areDurationsMasked) return `${frame.kind} ${hex}`;
  const [start, end] = [REPLY_HEADER_BYTES * 2, (REPLY_HEADER_BYTES + DURATION_BYTES) * 2];
  const duration = hex.slice(start, end) === UNMEASURED ? 'unmeasured' : 'measured';
  return `${frame.kind} ${hex.slice(0, start)} ${duration} ${hex.slice(end)}`;
}

function hashBehind(bytes: Buffer): string {
  if (bytes.length <= MAX_TOLD_BYTES) return '';
  return `… ${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('base64url')}`;
}

function negotiationOf(bytes: Buffer): Frame | undefined {
  const length = negotiationLength(bytes);
  return length === undefined ? undefined : plainFrame('negotiation', bytes.subarray(0, length));
}

function negotiationLength(bytes: Buffer): number | undefined {
  return lengthWithin(bytes, NEGOTIATION_HEADER_BYTES - 4, NEGOTIATION_HEADER_BYTES);
}

function frameOf(bytes: Buffer, layout: Layout, agreed: Agreed): Frame | undefined {
  const { role, direction } = layout;
  const hasDuration = role === 'main' && direction === 's2c' && agreed.has(HANDLER_DURATION);
  const compressed = agreed.get(COMPRESS);
  const length =
    compressed === undefined ? frameLength(bytes, layout, agreed) : lengthWithin(bytes, 0, 4);
  if (length === undefined) return undefined;
  const wire = bytes.subarray(0, length);
  const plain =
    compressed === undefined
      ? wire
      : compressorOf(compressed).decompress(wire.subarray(4), DECOMPRESSED_LIMIT_BYTES);
  const mainKind = direction === 'c2s' ? 'request' : 'reply';
  return { kind: role === 'stream' ? 'message' : mainKind, wire, plain, hasDuration };
}

function frameLength(bytes: Buffer, layout: Layout, agreed: Agreed): number | undefined {
  if (layout.role === 'stream') {
    const mark = bytes.length < 4 ? undefined : bytes.readUInt32LE(0);
    if (mark === EOS) return 4;
    return mark === LANE_FRAME_MARK ? lengthWithin(bytes, 4, 8) : lengthWithin(bytes, 0, 4);
  }
  if (layout.direction === 'c2s') {
    const headerBytes = REQUEST_HEADER_BYTES + (agreed.has(TIMEOUT) ? TIMEOUT_BYTES : 0);
    return lengthWithin(bytes, headerBytes - 4, headerBytes);
  }
  const durationBytes = agreed.has(HANDLER_DURATION) ? DURATION_BYTES : 0;
  return lengthWithin(bytes, REPLY_HEADER_BYTES - 4, REPLY_HEADER_BYTES + durationBytes);
}

/** The length of a frame whose header says at `lengthAt` how much follows it; undefined unless all is there. */
function lengthWithin(bytes: Buffer, lengthAt: number, headerBytes: number): number | undefined {
  if (bytes.length < headerBytes) return undefined;
  const length = headerBytes + bytes.readUInt32LE(lengthAt);
  return bytes.length < length ? undefined : length;
}

function compressorOf(name: Buffer): Compressor {
  const compressor = COMPRESSIONS[name.toString('latin1')]?.().negotiate(
    name.toString('latin1'),
    false,
    () => {},
  );
  if (compressor === undefined) throw new Error(`there is no compressor ${name.toString()}`);
  return compressor;
}

function plainFrame(kind: 'negotiation' | 'rest', bytes: Buffer): Frame {
  return { kind, wire: bytes, plain: bytes, hasDuration: false };
}
