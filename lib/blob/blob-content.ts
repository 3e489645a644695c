import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { isUint8Array } from 'node:util/types';

import { kind } from '../base/option-kinds.ts';
import type { OptionKind } from '../base/read-options.ts';
import { hasField } from '../errors/foreign.ts';
import type { Initiator } from '../errors/rpc-error.ts';
import { SerializationError } from '../errors/errors.ts';
import { areGone, GONE_BYTES } from '../serializer/gone-bytes.ts';
import { typeName } from '../serializer/type-name.ts';
import { releaseSource } from '../stream/value/item-producer.ts';
import type { BlobMeter } from './blob-meter.ts';
import type { GiveMemory } from './read-from.ts';

/** The source of a blob's bytes. */
export interface BlobContent {
  /** What gives the pieces; undefined for content that can be opened again. */
  readonly pieces?: object;
  /**
   * Its pieces, of any size. It tells the meter the total, and the bytes that are part of the blob
   * but not sent.
   *
   * @param take - gives memory that is used again once it was sent. It is the stream's from then on.
   */
  open(meter: BlobMeter, take?: GiveMemory): AsyncIterable<unknown>;
  /** Gives the content up without opening it. */
  release(): void;
}

/** The kind of content that comes in pieces. */
export const PIECES: OptionKind = kind('an async iterable of Uint8Arrays', (value) =>
  hasField(value, Symbol.asyncIterator),
);

/** The content of bytes that lie in memory. */
export function bytesContent(bytes: Uint8Array): BlobContent {
  assertKind(bytes, 'local');
  return {
    async *open(meter) {
      assertBytes(bytes, 'local');
      meter.totalBytes = bytes.length;
      yield bytes;
    },
    release() {},
  };
}

/**
 * The content of an iterable of pieces. It can be opened as often as the iterable can be iterated.
 */
export function piecesContent(pieces: AsyncIterable<Uint8Array>): BlobContent {
  return {
    pieces,
    // The iterator of a WHATWG stream can't be left while it waits.
    open: () => (isWebStream(pieces) ? Readable.fromWeb(pieces, PIECE_BY_PIECE) : pieces),
    release: () => releaseSource(pieces),
  };
}

const PIECE_BY_PIECE = Object.freeze({ objectMode: true, highWaterMark: 1 });

function isWebStream(pieces: object): pieces is ReadableStream<Uint8Array> {
  return 'getReader' in pieces;
}

/** The bytes in pieces of at most `chunkBytes`, in order, as views. No bytes give no piece. */
export function* cut(
  bytes: Uint8Array,
  chunkBytes: number,
): Generator<Uint8Array, void, undefined> {
  const { length } = bytes;
  for (let at = 0; at < length; at += chunkBytes) {
    // The memory may go away between two chunks.
    if (bytes.length !== length) throw new SerializationError(GONE_BYTES, { initiator: 'local' });
    yield bytes.subarray(at, at + chunkBytes);
  }
}

/** @throws SerializationError blaming `initiator` unless the piece is a Uint8Array with memory. */
export function assertBytes(piece: unknown, initiator: Initiator): asserts piece is Uint8Array {
  assertKind(piece, initiator);
  if (areGone(piece)) throw new SerializationError(GONE_BYTES, { initiator });
}

function assertKind(piece: unknown, initiator: Initiator): asserts piece is Uint8Array {
  // instanceof fails for arrays of another realm.
  if (isUint8Array(piece)) return;
  const problem = `a blob is made of Uint8Arrays, got ${typeName(piece)}`;
  throw new SerializationError(problem, { initiator });
}
