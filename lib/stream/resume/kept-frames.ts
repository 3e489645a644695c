import { readU32 } from '../../base/int32.ts';
import { STREAM_HEADER_BYTES } from '../../wire/stream-frame.ts';

/** The messages from `firstIndex` up to, and without, `endIndex`. */
export interface KeptRange {
  readonly firstIndex: number;
  readonly endIndex: number;
}

const NO_SLABS: readonly Buffer[] = [];

/** Where a message begins: in which piece, and at which of its bytes. */
interface Place {
  readonly piece: number;
  readonly offset: number;
}

/**
 * Frames of messages that were written together, in pieces that follow each other. A header lies in
 * one piece; a payload may go on in the next ones.
 */
export class KeptFrames implements KeptRange {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  readonly firstIndex: number;
  readonly endIndex: number;
  /** The slabs that hold these frames and nothing else, unless another lane may be sending them. */
  slabs: readonly Buffer[];
  /** The place behind them among the bytes of the lane that has got them; undefined before. */
  sentEnd: number | undefined;

  constructor(
    pieces: readonly Uint8Array[],
    bytes: number,
    { firstIndex, endIndex }: KeptRange,
    slabs: readonly Buffer[] = NO_SLABS,
  ) {
    this.pieces = pieces;
    this.bytes = bytes;
    this.firstIndex = firstIndex;
    this.endIndex = endIndex;
    this.slabs = slabs;
  }

  /** The frames from this index on, which lies within. */
  from(index: number): KeptFrames {
    const { piece, offset } = this.#placeOf(index);
    // The place of a message that is there is within the pieces.
    const first = this.pieces[piece]!;
    const pieces = [first.subarray(offset), ...this.pieces.slice(piece + 1)];
    let skipped = offset;
    for (let at = 0; at < piece; at++) skipped += this.pieces[at]!.length;
    const range = { firstIndex: index, endIndex: this.endIndex };
    const rest = new KeptFrames(pieces, this.bytes - skipped, range, this.slabs);
    rest.sentEnd = this.sentEnd;
    return rest;
  }

  /** These frames and the next ones, which follow them, in one piece of their own. */
  joinedWith(next: KeptFrames): KeptFrames {
    const piece = Buffer.concat([...this.pieces, ...next.pieces]);
    const { firstIndex } = this;
    return new KeptFrames([piece], piece.length, { firstIndex, endIndex: next.endIndex });
  }

  /**
   * They go to another lane, while an earlier one may still be sending them: their slabs are not used
   * again.
   */
  leaveLane(): void {
    if (this.sentEnd !== undefined) this.slabs = NO_SLABS;
  }

  /** Each frame in one piece: a compressor takes one at a time. */
  *frames(): Generator<Buffer, void, undefined> {
    let place: Place = { piece: 0, offset: 0 };
    for (let index = this.firstIndex; index < this.endIndex; index++) {
      const next = this.#behind(place);
      yield this.#between(place, next);
      place = next;
    }
  }

  #placeOf(index: number): Place {
    let place: Place = { piece: 0, offset: 0 };
    for (let at = this.firstIndex; at < index; at++) place = this.#behind(place);
    return place;
  }

  /** Where the frame behind the one at this place begins. */
  #behind({ piece, offset }: Place): Place {
    let at = piece;
    // The lengths of the pieces add up to whole frames, so all of them are within.
    let end = offset + STREAM_HEADER_BYTES + readU32(this.pieces[at]!, offset);
    while (end >= this.pieces[at]!.length && at < this.pieces.length - 1) {
      end -= this.pieces[at]!.length;
      at++;
    }
    return { piece: at, offset: end };
  }

  #between(from: Place, to: Place): Buffer {
    const first = this.pieces[from.piece]!;
    if (from.piece === to.piece) return viewOf(first.subarray(from.offset, to.offset));
    const inner = this.pieces.slice(from.piece + 1, to.piece);
    const last = this.pieces[to.piece]!.subarray(0, to.offset);
    return Buffer.concat([first.subarray(from.offset), ...inner, last]);
  }
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
