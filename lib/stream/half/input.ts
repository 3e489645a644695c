import type { Compressor } from '../../compression/compressor.ts';
import type { Limits } from '../../settings/limits.ts';
import type { Link } from '../../connection/link/link.ts';
import type { LaneFrame } from '../../wire/lane-frame.ts';
import { EOS } from '../../wire/stream-frame.ts';
import { StreamFrameReader } from './frame-reader.ts';

/**
 * What a child connection has received: unread frames within the source's budget, whether more may
 * come, and when to leave the socket alone so that the kernel holds the peer back.
 */
export class ChildInput {
  readonly #link: Link;
  readonly #limits: Limits;
  readonly #compressor: Compressor | undefined;
  readonly #hasLaneFrames: boolean;
  /** Made for the first bytes: there may be many streams, and many that only send. */
  #reader: StreamFrameReader | undefined;
  #isWaiting = false;
  #isPausedByUser = false;
  #isSocketPaused = false;
  #isDropping = false;
  /** The first frame, cut before anybody asked for it; and whether that was done. */
  #first: Buffer | typeof EOS | undefined;
  #isFirstCut = false;
  #isEnded = false;
  #end: unknown;

  /** @param hasLaneFrames - whether lane frames come among the messages. */
  constructor(
    link: Link,
    limits: Limits,
    compressor: Compressor | undefined,
    hasLaneFrames: boolean = false,
  ) {
    this.#link = link;
    this.#limits = limits;
    this.#compressor = compressor;
    this.#hasLaneFrames = hasLaneFrames;
  }

  /** Bytes received and not read. */
  get heldBytes(): number {
    const first = this.#first;
    const firstBytes = first === undefined || first === EOS ? 0 : first.length;
    return firstBytes + (this.#reader?.heldBytes ?? 0);
  }

  /** What an end just now would cut, in words; undefined between frames. To be asked when all whole frames are taken. */
  get cutFrame(): string | undefined {
    return this.#reader?.cutFrame;
  }

  /** Whether no more bytes will come. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Why no more bytes will come. */
  get end(): unknown {
    return this.#end;
  }

  /** Whether a reader waits for the next frame. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Bytes came. To be followed by `regulate` when whoever waits has been served. */
  push(chunk: Buffer): void {
    if (this.#isDropping) return;
    this.#reader ??= this.#makeReader();
    this.#reader.push(chunk);
  }

  /** Where the rest of a large frame goes that has begun; undefined where the place does not matter. */
  readInto(): Buffer | undefined {
    return this.#isDropping ? undefined : this.#reader?.readInto();
  }

  /** The next frame, or undefined while bytes are missing. @throws what the reader throws. */
  next(): Buffer | typeof EOS | undefined {
    const frame = this.#first ?? this.#reader?.next();
    this.#first = undefined;
    this.#isFirstCut = true;
    if (frame !== undefined && this.#isSocketPaused) this.regulate();
    return frame;
  }

  /** As `next`, on a connection that has lane frames as well. */
  nextOrControl(): Buffer | typeof EOS | LaneFrame | undefined {
    const frame = this.#reader?.nextOrControl();
    if (frame !== undefined && this.#isSocketPaused) this.regulate();
    return frame;
  }

  /** Appends the messages that can be had at once as views; `next` finds what is left. */
  takeWhole(into: Buffer[]): void {
    if (this.#first !== undefined) return;
    this.#reader?.takeWhole(into);
    if (this.#isSocketPaused) this.regulate();
  }

  /** Whether the stream turns out to have no message at all; `next` gives its end. @throws what the reader throws. */
  isEmptyStream(): boolean {
    if (!this.#isFirstCut) {
      this.#first = this.#reader?.next();
      this.#isFirstCut = this.#first !== undefined;
    }
    return this.#first === EOS;
  }

  /** No more bytes will come; the first cause stays. Returns whether this was it. */
  close(cause: unknown): boolean {
    if (this.#isEnded) return false;
    this.#isEnded = true;
    this.#end = cause;
    return true;
  }

  /** Drops what is held and whatever comes: nobody will read it. The end of an empty stream stays for the reader. */
  drop(): void {
    this.#isDropping = true;
    this.#reader?.clear();
    if (this.#first !== EOS) this.#first = undefined;
    this.regulate();
  }

  /** Whether a reader waits: a frame larger than the budget is then read all the same. */
  setWaiting(isWaiting: boolean): void {
    this.#isWaiting = isWaiting;
    this.regulate();
  }

  /** Stops or resumes reading by the user's wish. */
  setPaused(isPaused: boolean): void {
    this.#isPausedByUser = isPaused;
    this.regulate();
  }

  /** Pauses the socket over the budget; resumes it below half of it, or when a reader waits. */
  regulate(): void {
    const isPaused = this.#shouldPause();
    if (isPaused === this.#isSocketPaused) return;
    this.#isSocketPaused = isPaused;
    if (isPaused) this.#link.pause();
    else this.#link.resume();
  }

  #makeReader(): StreamFrameReader {
    const { maxStreamMessageBytes, sourceBudgetMessages } = this.#limits;
    const isCounting = sourceBudgetMessages !== Infinity;
    return new StreamFrameReader(
      maxStreamMessageBytes,
      this.#compressor,
      isCounting,
      this.#hasLaneFrames,
    );
  }

  #shouldPause(): boolean {
    if (this.#isDropping) return false;
    if (this.#isPausedByUser) return true;
    if (this.#isWaiting) return false;
    const { sourceBudgetBytes, sourceBudgetMessages } = this.#limits;
    const share = this.#isSocketPaused ? 0.5 : 1;
    const firstFrames = this.#first === undefined ? 0 : 1;
    return (
      this.heldBytes > sourceBudgetBytes * share ||
      (this.#reader?.heldFrames ?? 0) + firstFrames >= sourceBudgetMessages * share
    );
  }
}
