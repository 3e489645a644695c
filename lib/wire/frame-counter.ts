import { isLaneFrame, LANE_FRAME_MARK } from './lane-frame.ts';
import { EOS_LENGTH, STREAM_HEADER_BYTES } from './stream-frame.ts';

/**
 * Counts the whole frames in a byte stream by their length prefixes, without keeping a byte: both
 * stream frames and compressed frames are a u32 length and as many bytes, but for end of stream.
 * Lane frames do not count.
 */
export class FrameCounter {
  #frames = 0;
  #takenFrames = 0;
  #header = 0;
  #headerBytes = 0;
  #payloadLeft = 0;
  /** Whether what is at hand is a lane frame, behind its mark. */
  #isLaneFrame = false;

  /** Whole frames pushed so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Of those, the frames that were not taken. */
  get held(): number {
    return this.#frames - this.#takenFrames;
  }

  /** A frame was cut off and decoded. */
  take(frame: unknown): void {
    if (!isLaneFrame(frame)) this.#takenFrames++;
  }

  /** Frames were cut off that are no lane frames, or can't be told from others because they are compressed. */
  takeAny(frames: number = 1): void {
    this.#takenFrames += frames;
  }

  /** Takes the next bytes; the chunk stays the caller's. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const step = Math.min(this.#payloadLeft, chunk.length - at);
        at += step;
        this.#payloadLeft -= step;
        if (this.#payloadLeft === 0) this.#endFrame();
        continue;
      }
      // `at` is below the chunk's length.
      this.#header += chunk[at++]! * 256 ** this.#headerBytes++;
      if (this.#headerBytes === STREAM_HEADER_BYTES) this.#endHeader();
    }
  }

  #endHeader(): void {
    const length = this.#header;
    this.#header = 0;
    this.#headerBytes = 0;
    if (length === LANE_FRAME_MARK && !this.#isLaneFrame) {
      this.#isLaneFrame = true;
      return;
    }
    this.#payloadLeft = length === EOS_LENGTH ? 0 : length;
    if (this.#payloadLeft === 0) this.#endFrame();
  }

  #endFrame(): void {
    if (!this.#isLaneFrame) this.#frames++;
    this.#isLaneFrame = false;
  }
}
