const CARRY_BYTES = 65_536;

/** The same bound as the library's. */
const MAX_PAYLOAD_BYTES = 16_777_216;

/** Where a frame's length stands, and what it counts. */
export interface FrameShape {
  readonly headerBytes: number;
  /** Where in the header the u32 is that says how many bytes follow the header. */
  readonly lengthAt: number;
}

/**
 * Cuts what a socket gives into whole frames, which are told by their place: only a frame that spans
 * two chunks is copied.
 */
export class FrameCutter {
  readonly #shape: FrameShape;
  readonly #onFrame: (bytes: Buffer, at: number, payloadBytes: number) => void;
  readonly #carry = Buffer.allocUnsafeSlow(CARRY_BYTES);
  #carriedBytes = 0;

  /** @param onFrame - gets the frame's header at `at`; the bytes are not its own to keep. */
  constructor(
    shape: FrameShape,
    onFrame: (bytes: Buffer, at: number, payloadBytes: number) => void,
  ) {
    this.#shape = shape;
    this.#onFrame = onFrame;
  }

  /** Takes the first `end` bytes of a chunk. */
  push(chunk: Buffer, end: number): void {
    const { headerBytes, lengthAt } = this.#shape;
    let at = this.#carriedBytes > 0 ? this.#completeCarried(chunk, end) : 0;
    while (end - at >= headerBytes) {
      const payloadBytes = readLength(chunk, at + lengthAt);
      const next = at + headerBytes + payloadBytes;
      if (next > end) break;
      this.#onFrame(chunk, at, payloadBytes);
      at = next;
    }
    if (at < end) this.#carriedBytes += chunk.copy(this.#carry, this.#carriedBytes, at, end);
  }

  /** Completes the carried frame. Returns where to read on: the chunk's end if it is not enough. */
  #completeCarried(chunk: Buffer, end: number): number {
    const { headerBytes, lengthAt } = this.#shape;
    let at = this.#fillCarry(chunk, 0, end, headerBytes);
    if (this.#carriedBytes < headerBytes) return at;
    const payloadBytes = readLength(this.#carry, lengthAt);
    at = this.#fillCarry(chunk, at, end, headerBytes + payloadBytes);
    if (this.#carriedBytes < headerBytes + payloadBytes) return at;
    this.#carriedBytes = 0;
    this.#onFrame(this.#carry, 0, payloadBytes);
    return at;
  }

  #fillCarry(chunk: Buffer, at: number, end: number, wantedBytes: number): number {
    const step = Math.min(Math.max(wantedBytes - this.#carriedBytes, 0), end - at);
    this.#carriedBytes += chunk.copy(this.#carry, this.#carriedBytes, at, at + step);
    return at + step;
  }
}

function readLength(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32LE(at);
  if (length > MAX_PAYLOAD_BYTES) throw new Error(`a frame of ${length} bytes`);
  return length;
}
