import type { ByteCheck } from '../support/byte-messages.ts';

const HEADER_BYTES = 4;
const STAMP_BYTES = 4;

/** The same bound as the library's; it also refuses the mark of the end. */
const MAX_MESSAGE_BYTES = 16_777_216;

/**
 * Finds the messages in what a socket gives, by their length prefixes. Nothing is copied and no
 * object made: the least that reading a stream of messages can cost.
 */
export class FrameSkimmer {
  readonly #check: ByteCheck;
  /** Bytes to come of a message whose beginning was seen, and what that said. */
  #missingBytes = 0;
  #begunStamp = 0;
  #begunLength = 0;
  /** A header, with the first bytes of its message, that came in pieces. */
  readonly #split: Buffer = Buffer.alloc(HEADER_BYTES + STAMP_BYTES);
  #splitBytes = 0;

  constructor(check: ByteCheck) {
    this.#check = check;
  }

  /** Takes the first `end` bytes of a chunk, which is the caller's again afterwards. */
  push(chunk: Buffer, end: number): void {
    let at = this.#splitBytes > 0 ? this.#joinSplit(chunk, end) : 0;
    if (this.#missingBytes > 0) at = this.#skipMissing(at, end);
    const view = new DataView(chunk.buffer, chunk.byteOffset, end);
    while (end - at >= HEADER_BYTES + STAMP_BYTES) {
      const length = view.getUint32(at, true);
      checkLength(length);
      const start = at + HEADER_BYTES;
      at = start + length;
      if (at > end) {
        this.#begin(view.getUint32(start, true), length, at - end);
        return;
      }
      this.#check.takeFrom(view, start, length);
    }
    if (at < end) this.#splitBytes += chunk.copy(this.#split, this.#splitBytes, at, end);
  }

  /** Completes a split header. Returns where to read on. */
  #joinSplit(chunk: Buffer, end: number): number {
    const taken = chunk.copy(this.#split, this.#splitBytes, 0, end);
    this.#splitBytes += taken;
    if (this.#splitBytes < this.#split.length) return taken;
    this.#splitBytes = 0;
    const length = this.#split.readUInt32LE(0);
    checkLength(length);
    this.#begin(this.#split.readUInt32LE(HEADER_BYTES), length, length - STAMP_BYTES);
    return taken;
  }

  #begin(stamp: number, length: number, missingBytes: number): void {
    this.#begunStamp = stamp;
    this.#begunLength = length;
    this.#missingBytes = missingBytes;
  }

  /** Passes over the rest of the begun message. Returns where to read on. */
  #skipMissing(at: number, end: number): number {
    const step = Math.min(this.#missingBytes, end - at);
    this.#missingBytes -= step;
    if (this.#missingBytes === 0) this.#check.takeBegun(this.#begunStamp, this.#begunLength);
    return at + step;
  }
}

function checkLength(length: number): void {
  if (length > MAX_MESSAGE_BYTES) throw new Error(`a message of ${length} bytes`);
}
