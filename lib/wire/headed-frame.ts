/**
 * Requests and replies: a header of their own, which says the length of the payload, and the payload.
 * `request-frame.ts` and `response-frame.ts` have the headers.
 */

import { ByteQueue } from '../base/byte-queue.ts';
import type { ReceivedBytes } from '../base/received-bytes.ts';
import type { FrameDecoder, SkippableFrames } from './frame-decoder.ts';
import { describeCut } from './prefixed-frame.ts';

/** The differences between one kind of headed frames and another. */
export interface HeadedFrames<H> {
  readonly headerBytes: number;
  /** The most bytes that a header and its payload have. */
  readonly maxFrameBytes: number;
  /** The most bytes of a frame above that, which its reader may refuse by its header. Default: 0. */
  readonly maxSkippedBytes?: number;
  /** Names the limit in errors. */
  readonly option: string;
  /** Takes a header off the front; undefined while bytes are missing. */
  takeHeader(bytes: ReceivedBytes): H | undefined;
}

/**
 * Cuts headed frames: first the header, so that its reader can judge it before the payload has come,
 * then the payload. Nothing is judged here.
 *
 *     header --header--> payload --payload--> header
 *                           \                  ^
 *                            `--skipPayload--> skipping (until all came, or skipRest)
 */
export class HeadedFrameDecoder<H extends { readonly payloadBytes: number }>
  implements FrameDecoder<H>, SkippableFrames
{
  readonly maxPrefixedBytes = -1;
  readonly scope = 'connection';
  readonly #frames: HeadedFrames<H>;
  #phase: 'header' | 'payload' | 'skipping' = 'header';
  /** Bytes of the payload that have not been given or skipped. */
  #leftBytes = 0;

  constructor(frames: HeadedFrames<H>) {
    this.#frames = frames;
  }

  get headerBytes(): number {
    return this.#frames.headerBytes;
  }

  get maxSkippedBytes(): number {
    return this.#frames.maxSkippedBytes ?? 0;
  }

  get skippable(): SkippableFrames | undefined {
    return this.maxSkippedBytes > 0 ? this : undefined;
  }

  get maxFrameBytes(): number {
    return this.#frames.maxFrameBytes;
  }

  get option(): string {
    return this.#frames.option;
  }

  get isInFrame(): boolean {
    return this.#phase !== 'header';
  }

  next(bytes: ReceivedBytes): H | Buffer | undefined {
    switch (this.#phase) {
      case 'header':
        return this.#takeHeader(bytes);
      case 'payload':
        if (bytes.byteLength < this.#leftBytes) return undefined;
        this.#phase = 'header';
        return bytes.take(this.#leftBytes);
      default:
        this.#skip(bytes);
        return undefined;
    }
  }

  /** The payload behind the header that was given last is not wanted: it is dropped as it comes. */
  skipPayload(): void {
    this.#phase = this.#leftBytes === 0 ? 'header' : 'skipping';
  }

  claimedBytes(start: Buffer): number {
    const bytes = new ByteQueue();
    bytes.append(start);
    return this.headerBytes + (this.#frames.takeHeader(bytes)?.payloadBytes ?? 0);
  }

  skipRest(): boolean {
    if (this.#phase !== 'skipping') return false;
    this.#phase = 'header';
    return true;
  }

  cutFrame(bytes: ReceivedBytes): string | undefined {
    const held = bytes.byteLength;
    if (this.#phase === 'payload') return describeCut(false, this.#leftBytes, held);
    return held > 0 ? describeCut(true, this.#frames.headerBytes, held) : undefined;
  }

  #takeHeader(bytes: ReceivedBytes): H | undefined {
    const header = this.#frames.takeHeader(bytes);
    if (header === undefined) return undefined;
    this.#phase = 'payload';
    this.#leftBytes = header.payloadBytes;
    return header;
  }

  #skip(bytes: ReceivedBytes): void {
    const step = Math.min(this.#leftBytes, bytes.byteLength);
    bytes.skip(step);
    this.#leftBytes -= step;
    if (this.#leftBytes === 0) this.#phase = 'header';
  }
}
