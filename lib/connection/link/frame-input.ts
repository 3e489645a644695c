import { BlockQueue } from '../../base/block-queue.ts';
import { ByteQueue } from '../../base/byte-queue.ts';
import type { ReceivedBytes } from '../../base/received-bytes.ts';
import type { TakeWhole } from '../../base/take-whole.ts';
import type { Compressor } from '../../compression/compressor.ts';
import { ProtocolError } from '../../errors/errors.ts';
import type { Limits } from '../../settings/limits.ts';
import { FrameCounter } from '../../wire/frame-counter.ts';
import type { FrameDecoder } from '../../wire/frame-decoder.ts';
import { gatherFrame } from '../../wire/prefixed-frame.ts';
import { Decompression } from './decompression.ts';
import type { Link } from './link.ts';

/** The limits of received and unread data above which the socket is left alone. */
export type InputBudget = Pick<Limits, 'sourceBudgetBytes' | 'sourceBudgetMessages'>;

const NO_BUDGET: InputBudget = { sourceBudgetBytes: Infinity, sourceBudgetMessages: Infinity };

/** The part of a link that an input needs. */
type Pausable = Pick<Link, 'isPaused' | 'pause' | 'resume'>;

/**
 * Whether bytes come, and whether they are kept.
 *
 *     open --close--> ended --release--> dropped
 *       \                               ^
 *        `--release--> dropping --close---'
 */
type InputPhase = 'open' | 'ended' | 'dropping' | 'dropped';

const ON_CLOSE: Partial<Record<InputPhase, InputPhase>> = { open: 'ended', dropping: 'dropped' };
const ON_DROP: Partial<Record<InputPhase, InputPhase>> = { open: 'dropping', ended: 'dropped' };

/**
 * The bytes that a connection has received and its reader has not taken yet. They are cut into
 * frames and decompressed only when the reader takes them, so an unread frame costs its bytes and
 * nothing else. Above the budget the socket is left alone, so that the kernel holds the peer back.
 *
 * Main connections, children and lanes have one input each. The decoder knows the kind of frames.
 */
export class FrameInput<T> {
  readonly #link: Pausable;
  readonly #decoder: FrameDecoder<T>;
  readonly #compressor: Compressor | undefined;
  readonly #budget: InputBudget;
  readonly #maxPrefixedBytes: number;
  /** Made for the first bytes, as the fields below are: of many streams, many only send. */
  #bytes: ReceivedBytes | undefined;
  /** The same bytes, while the memory of messages is used again. */
  #lent: BlockQueue | undefined;
  /** Set where a compressor was agreed. */
  #decompression: Decompression | undefined;
  /** Set where the budget has a number of messages. Counting costs a look at every length. */
  #counter: FrameCounter | undefined;
  /** A frame that was cut before its reader asked for it. */
  #peeked: Buffer | T | undefined;
  #takenFrames = 0;
  #phase: InputPhase = 'open';
  #end: unknown;
  #isWaiting = false;
  #isPausedByUser = false;

  /** @param budget - undefined if the reader takes every frame as soon as it has come. */
  constructor(
    link: Pausable,
    decoder: FrameDecoder<T>,
    compressor: Compressor | undefined,
    budget: InputBudget = NO_BUDGET,
  ) {
    this.#link = link;
    this.#decoder = decoder;
    this.#compressor = compressor;
    this.#budget = budget;
    this.#maxPrefixedBytes = decoder.maxPrefixedBytes;
  }

  /** Bytes that were received and not taken. */
  get heldBytes(): number {
    const peeked = this.#peeked;
    const peekedBytes = peeked instanceof Uint8Array ? peeked.length : 0;
    return peekedBytes + (this.#bytes?.byteLength ?? 0);
  }

  /** The number of frames that were taken. */
  get takenFrames(): number {
    return this.#takenFrames;
  }

  /**
   * The frame that an end of the connection would cut now, in words; undefined between frames. To
   * be asked when all whole frames are taken.
   */
  get cutFrame(): string | undefined {
    const bytes = this.#bytes;
    const decompression = this.#decompression;
    if (bytes === undefined) return undefined;
    if (decompression === undefined) return this.#decoder.cutFrame(bytes);
    if (this.#decoder.isInFrame) return this.#decoder.cutFrame(decompression.bytes);
    return decompression.cutFrame;
  }

  /** Whether no more bytes will come. */
  get isEnded(): boolean {
    return this.#phase === 'ended' || this.#phase === 'dropped';
  }

  /** The reason why no more bytes will come. */
  get end(): unknown {
    return this.#end;
  }

  /** Whether a reader waits for the next frame. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /**
   * Takes bytes that have come; they belong to the input now. Call `regulate` after the reader was
   * served.
   */
  push(chunk: Buffer): void {
    if (this.#isDropping) return;
    const bytes = this.#bytes ?? this.#open();
    this.#counter?.push(chunk);
    bytes.append(chunk);
  }

  /** The place for the rest of a large frame that has begun; undefined if any place will do. */
  readInto(): Buffer | undefined {
    const bytes = this.#bytes;
    if (bytes === undefined || this.#isDropping) return undefined;
    if (this.#decompression === undefined) gatherFrame(bytes, this.#maxPrefixedBytes);
    else this.#decompression.prepare();
    return bytes.readInto();
  }

  /**
   * Takes the next frame; undefined while bytes are missing.
   *
   * @throws MessageTooLargeError, ProtocolError or CompressionError. The bytes are of no use
   *   afterwards.
   */
  next(): Buffer | T | undefined {
    const frame = this.#peeked ?? this.#cut();
    if (frame === undefined) return undefined;
    this.#peeked = undefined;
    this.#takenFrames++;
    if (this.#link.isPaused) this.regulate();
    return frame;
  }

  /** The next frame, which is not taken yet; undefined while bytes are missing. @throws as `next`. */
  peek(): Buffer | T | undefined {
    this.#peeked ??= this.#cut();
    return this.#peeked;
  }

  /** Lets `take` append the messages that are there as a whole; returns their number. `next` finds the rest. */
  takeWhole<M>(into: M[], take: TakeWhole<M>): number {
    const bytes = this.#bytes;
    if (bytes === undefined || this.#compressor !== undefined || this.#peeked !== undefined)
      return 0;
    const before = into.length;
    try {
      take(bytes, this.#maxPrefixedBytes, into);
    } finally {
      this.#takenFrames += into.length - before;
      this.#counter?.takeAny(into.length - before);
      if (this.#link.isPaused) this.regulate();
    }
    return into.length - before;
  }

  /**
   * Uses the memory of messages again from now on: they are valid until `giveBack`. Returns false where
   * a compressor gives each message memory of its own: nothing changes there.
   */
  lend(): boolean {
    if (this.#compressor !== undefined) return false;
    if (this.#lent !== undefined) return true;
    const bytes = this.#bytes ?? this.#open();
    this.#bytes = this.#lent = new BlockQueue();
    this.#lent.append(bytes.take(bytes.byteLength));
    return true;
  }

  /** Nobody has a view any more of the messages so far, unless one of them was looked at and not taken. */
  giveBack(): void {
    if (this.#peeked === undefined) this.#lent?.giveBack();
  }

  /** Lets go of memory that is free. */
  trim(): void {
    this.#lent?.trim();
  }

  /** Uses no memory again from now on, neither that of messages so far. */
  endLending(): void {
    if (this.#lent === undefined) return;
    this.#bytes = new ByteQueue();
    this.#bytes.append(this.#lent.takeToKeep(this.#lent.byteLength));
    this.#lent = undefined;
  }

  /** No more bytes will come. Only the first cause counts. Returns whether this was the first. */
  close(cause: unknown): boolean {
    const next = ON_CLOSE[this.#phase];
    if (next === undefined) return false;
    this.#phase = next;
    this.#end = cause;
    return true;
  }

  /** Drops all bytes, held and to come: nobody will read them. */
  release(): void {
    this.#phase = ON_DROP[this.#phase] ?? this.#phase;
    this.#bytes?.clear();
    this.#peeked = undefined;
    this.regulate();
  }

  /** Says whether a reader waits: a frame larger than the budget is read for it all the same. */
  setWaiting(isWaiting: boolean): void {
    this.#isWaiting = isWaiting;
    this.regulate();
  }

  /** Stops or resumes reading as the user wishes. */
  setPaused(isPaused: boolean): void {
    this.#isPausedByUser = isPaused;
    this.regulate();
  }

  /** Pauses the socket above the budget. Resumes it below half of it, or when a reader waits. */
  regulate(): void {
    const isPaused = this.#shouldPause();
    if (isPaused === this.#link.isPaused) return;
    if (isPaused) this.#link.pause();
    else this.#link.resume();
  }

  get #isDropping(): boolean {
    return this.#phase === 'dropping' || this.#phase === 'dropped';
  }

  #open(): ByteQueue {
    const bytes = new ByteQueue();
    this.#bytes = bytes;
    if (this.#budget.sourceBudgetMessages !== Infinity) this.#counter = new FrameCounter();
    const compressor = this.#compressor;
    if (compressor !== undefined) {
      this.#decompression = new Decompression(bytes, compressor, this.#decoder, this.#counter);
    }
    return bytes;
  }

  #cut(): Buffer | T | undefined {
    const bytes = this.#bytes;
    if (bytes === undefined) return undefined;
    if (this.#decompression !== undefined) return this.#cutDecompressed(this.#decompression);
    for (;;) {
      const held = bytes.byteLength;
      // Most frames are messages that lie whole in the first chunk.
      const frame = bytes.takePrefixed(this.#maxPrefixedBytes) ?? this.#decoder.next(bytes);
      if (frame === undefined && bytes.byteLength < held) continue;
      if (frame !== undefined) this.#counter?.take(frame);
      return frame;
    }
  }

  /** A decompressed frame is complete: a message that ends too soon in it is an error. */
  #cutDecompressed(decompression: Decompression): Buffer | T | undefined {
    const decoder = this.#decoder;
    const { bytes } = decompression;
    for (;;) {
      if (!decoder.isInFrame && !decompression.advance()) return undefined;
      const held = bytes.byteLength;
      const frame = bytes.takePrefixed(this.#maxPrefixedBytes) ?? decoder.next(bytes);
      if (frame !== undefined) return frame;
      if (bytes.byteLength < held) continue;
      if (!decompression.isHeaderAlone || decoder.skippable?.skipRest() !== true) {
        throw new ProtocolError('a compressed frame holds less than one frame', decoder.scope);
      }
    }
  }

  #shouldPause(): boolean {
    if (this.#isDropping) return false;
    if (this.#isPausedByUser) return true;
    if (this.#isWaiting) return false;
    const { sourceBudgetBytes, sourceBudgetMessages } = this.#budget;
    const share = this.#link.isPaused ? 0.5 : 1;
    const peekedFrames = this.#peeked === undefined ? 0 : 1;
    return (
      this.heldBytes > sourceBudgetBytes * share ||
      (this.#counter?.held ?? 0) + peekedFrames >= sourceBudgetMessages * share
    );
  }
}
