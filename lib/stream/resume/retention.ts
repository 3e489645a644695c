import { ByteWriter } from '../../base/byte-writer.ts';
import { SLAB_BYTES, type SlabPool } from '../../base/slab-pool.ts';
import { MisuseError } from '../../errors/errors.ts';
import { STREAM_HEADER_BYTES } from '../../wire/stream-frame.ts';
import { KeptFrames } from './kept-frames.ts';
import { KeptMemory, STREAM_BYTES } from './kept-memory.ts';
import { PassedSum } from './passed-sum.ts';

/**
 * From so many bytes on a batch is complete: nearly a slab, so that small messages seldom begin another
 * one (`resumable.down.64B.batch`).
 */
const BATCH_BYTES = SLAB_BYTES - 1_024;

/** Parts of a window: each counts as acknowledged when all of it is. */
const MIN_BATCHES = 4;

/** Neighboring batches are joined up to this size: a batch takes some 300 bytes beside its own. */
const JOINED_BYTES = 8_192;

/** From so many bytes on a batch is complete, in a stream with this window. */
export function batchBytesWithin(windowBytes: number): number {
  return Math.min(BATCH_BYTES, windowBytes / MIN_BATCHES);
}

/** How messages are kept. */
export interface KeepingRules {
  /** Whether payloads are copied that would stay where they lie. */
  readonly copies?: boolean;
  /** Whether a checksum is computed. */
  readonly hasSum?: boolean;
}

/**
 * The messages of a resumable stream that its consumer may not have: those that were written and are
 * not known as taken. They are kept as frames, uncompressed, in batches, and leave from there: a lane
 * gets views of them. A payload of 16 KiB or more stays where it lies, unless it is to be copied.
 *
 *     |  freed  |  kept, on the lane  |  kept, not on the lane  |  being written  |
 *               ^ firstIndex          ^ the reader's place      ^ gatheredIndex   ^ nextIndex
 */
export class Retention {
  /** Called with each batch that the consumer has as a whole, if it has slabs to be used again. */
  onFreed: ((batch: KeptFrames) => void) | undefined;
  readonly #out: ByteWriter;
  readonly #batches: KeptFrames[] = [];
  /** Batches at the beginning of the list that were freed. */
  #freed = 0;
  #firstIndex = 0;
  #gatheredIndex = 0;
  #nextIndex = 0;
  #keptBytes = 0;
  readonly #memory: KeptMemory;
  #countedBytes = 0;
  #isInMessage = false;
  #isCleared = false;
  readonly #copies: boolean;
  readonly #sum: PassedSum | undefined;

  /** @param memory - counts what is kept, with that of other streams. It hears of it when all is gathered. */
  constructor(
    slabs: SlabPool,
    { copies = false, hasSum = false }: KeepingRules = {},
    memory: KeptMemory = new KeptMemory(),
  ) {
    this.#out = new ByteWriter(slabs);
    this.#memory = memory;
    this.#copies = copies;
    if (hasSum) this.#sum = new PassedSum((index) => this.batchAt(index));
  }

  /** The index of the oldest message that is kept, or of the next one to come. */
  get firstIndex(): number {
    return this.#firstIndex;
  }

  /** The number of messages that were written. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /** The number of messages that are kept. */
  get size(): number {
    return this.#nextIndex - this.#firstIndex;
  }

  /** Bytes of the messages that are kept, with their headers. */
  get bytes(): number {
    return this.#keptBytes + this.#out.byteLength;
  }

  /** Whether the session keeps as much as it may, this stream included. */
  get isCrowded(): boolean {
    return this.#memory.isFull && this.size > 0;
  }

  /** Bytes that were written and not gathered into a batch. */
  get looseBytes(): number {
    return this.#out.byteLength;
  }

  /** Starts a message. Append its payload to the result, then call `endMessage` or `rollback`. */
  beginMessage(): ByteWriter {
    if (this.#isInMessage) {
      throw new MisuseError('a value sent a message while it was being encoded');
    }
    this.#isInMessage = true;
    this.#out.beginFrame(STREAM_HEADER_BYTES);
    return this.#out;
  }

  /** Bytes of the payload so far. */
  get messageBytes(): number {
    return this.#out.frameBytes - STREAM_HEADER_BYTES;
  }

  /** The message is complete. @param payloadBytes - its `messageBytes`. */
  endMessage(payloadBytes: number = this.messageBytes): void {
    this.#out.patchU32(0, payloadBytes);
    this.#isInMessage = false;
    this.#nextIndex++;
  }

  /** Takes back the message that was begun. */
  rollback(): void {
    this.#isInMessage = false;
    this.#out.rollbackFrame();
    if (this.#isCleared) this.clear();
  }

  /** Makes a batch of what was written since the last one, so that it can be read. */
  gather(): void {
    const bytes = this.#out.byteLength;
    if (bytes === 0 || this.#isInMessage) return;
    const range = { firstIndex: this.#gatheredIndex, endIndex: this.#nextIndex };
    this.#gatheredIndex = this.#nextIndex;
    const { segments, slabs } = this.#out.takeOwned(this.#copies);
    this.#join();
    this.#batches.push(new KeptFrames(segments, bytes, range, slabs));
    this.#keptBytes += bytes;
    this.#count();
  }

  /**
   * The batch with the message of this index, from that message on; undefined if none was gathered.
   * Batches are made for one turn of the loop, so one is sent as a whole.
   *
   * @param index - not below `firstIndex`.
   */
  batchAt(index: number): KeptFrames | undefined {
    if (index >= this.#gatheredIndex) return undefined;
    // There is a batch for each gathered index that is not freed.
    const batch = this.#batches[this.#placeOf(index)]!;
    return index === batch.firstIndex ? batch : batch.from(index);
  }

  /** The consumer has everything below this index, which is at most `nextIndex`. */
  free(index: number): void {
    if (index <= this.#firstIndex) return;
    if (index > this.#gatheredIndex) this.gather();
    this.#sum?.pass(index);
    this.#firstIndex = index;
    for (let batch; (batch = this.#batches[this.#freed]) !== undefined;) {
      if (batch.firstIndex >= index) break;
      const rest = batch.endIndex <= index ? undefined : batch.from(index);
      this.#keptBytes -= batch.bytes - (rest?.bytes ?? 0);
      if (rest !== undefined) {
        this.#batches[this.#freed] = rest;
        break;
      }
      if (batch.slabs.length > 0) this.onFreed?.(batch);
      this.#freed++;
    }
    this.#compact();
    this.#count();
  }

  /** The messages that are kept go to another lane from now on. */
  leaveLane(): void {
    for (const batch of this.#batches) batch.leaveLane();
  }

  /**
   * The checksum of so many messages, of which those behind the freed ones are gathered; undefined if
   * none is computed.
   */
  sumAt(index: number): number | undefined {
    return this.#sum?.sumAt(index);
  }

  /** Keeps nothing any more. A message that was begun must be taken back. */
  clear(): void {
    this.#batches.length = 0;
    this.#freed = 0;
    this.#keptBytes = 0;
    this.#isCleared = true;
    this.#count();
    if (this.#isInMessage) return;
    this.#out.takeSegments();
    this.#out.release();
    this.#firstIndex = this.#nextIndex;
    this.#gatheredIndex = this.#nextIndex;
  }

  #count(): void {
    const before = this.#countedBytes;
    this.#countedBytes = this.#isCleared ? 0 : STREAM_BYTES + this.#keptBytes;
    this.#memory.change(before, this.#countedBytes);
  }

  /**
   * Joins small batches of earlier turns, which a lane is likely to have got. Each is at least twice as
   * large as the next one then, so that a byte is copied a few times only.
   */
  #join(): void {
    const batches = this.#batches;
    while (batches.length - this.#freed >= 2) {
      // There are two at least.
      const [one, next] = batches.slice(-2) as [KeptFrames, KeptFrames];
      if (one.bytes > 2 * next.bytes || one.bytes + next.bytes > JOINED_BYTES) return;
      batches.splice(-2, 2, one.joinedWith(next));
    }
  }

  /** The place of the batch with the message of this index: a source that is slow makes many batches. */
  #placeOf(index: number): number {
    let from = this.#freed;
    let to = this.#batches.length - 1;
    while (from < to) {
      const middle = Math.ceil((from + to) / 2);
      // `middle` is within the list.
      if (this.#batches[middle]!.firstIndex > index) to = middle - 1;
      else from = middle;
    }
    return from;
  }

  /** Moves the list only when half of it was freed, so that each batch costs a constant time. */
  #compact(): void {
    if (this.#freed * 2 < this.#batches.length) return;
    this.#batches.splice(0, this.#freed);
    this.#freed = 0;
  }
}
