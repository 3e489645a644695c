import { crc32 } from 'node:zlib';

import { ChecksumError, ProtocolError } from '../../errors/errors.ts';
import type { RetainedFrame } from '../../wire/resumable-frame.ts';
import { STREAM_HEADER_BYTES } from '../../wire/stream-frame.ts';
import { Unacknowledged } from './unacknowledged.ts';

/** Acknowledgements are told in time when the producer still has most of its window. */
const ACKS_PER_WINDOW = 4;

/** A producer that has run so many windows ahead does not look at acknowledgements. */
const MAX_WINDOWS = 2;

/** An entry for so many bytes is enough where the reader acknowledges by itself. */
const ENTRY_BYTES = 1_024;

/**
 * How far the consumer of a resumable stream has come, and what of that its producer was told.
 * Positions count items from the stream's start.
 */
export class TakenPositions {
  /** The first terms hold for the whole stream: a producer can't widen its window by a resume. */
  #terms: RetainedFrame | undefined;
  /** Set where the reader acknowledges by itself. */
  #byHand: Unacknowledged | undefined;
  #taken = 0;
  #takenBytes = 0;
  #largestBytes = 0;
  #entryBytes = 0;
  #acknowledged = 0;
  #acknowledgedBytes = 0;
  #toldTaken = 0;
  #toldAcknowledged = 0;
  #toldTakenBytes = 0;
  #toldAcknowledgedBytes = 0;
  /** The checksum of the items so far; undefined unless the producer sends sums. */
  #crc32: number | undefined;

  get terms(): RetainedFrame | undefined {
    return this.#terms;
  }

  /** Items that were handed to the reader. */
  get taken(): number {
    return this.#taken;
  }

  /** Of those, items that the reader is done with. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  get isManual(): boolean {
    return this.#byHand !== undefined;
  }

  /** The reader acknowledges by itself. To be called before anything is acknowledged. */
  setManual(isManual: boolean): void {
    this.#byHand = isManual ? new Unacknowledged() : undefined;
    if (this.#takenBytes > 0) this.#byHand?.add(this.#taken, this.#takenBytes);
  }

  setTerms(terms: RetainedFrame): void {
    this.#terms ??= terms;
  }

  take(payload: Buffer): void {
    const bytes = payload.length + STREAM_HEADER_BYTES;
    this.#taken++;
    this.#takenBytes += bytes;
    if (bytes > this.#largestBytes) this.#largestBytes = bytes;
    if (this.#crc32 !== undefined) this.#crc32 = crc32(payload, this.#crc32);
    if (this.#byHand !== undefined) this.#note(this.#byHand, bytes);
  }

  /** Whether the producer has sent no more than two windows and an item without an acknowledgement. */
  get isWithinWindow(): boolean {
    const { windowBytes, windowItems } = this.#terms ?? { windowBytes: Infinity, windowItems: 0 };
    const items = this.#taken - this.#acknowledged;
    if (windowItems > 0 && items > MAX_WINDOWS * windowItems + 1) return false;
    return this.#unacknowledgedBytes <= MAX_WINDOWS * windowBytes + this.#largestBytes;
  }

  /** The reader is done with everything that it has. */
  acknowledgeAll(): void {
    this.#acknowledged = this.#taken;
    this.#acknowledgedBytes = this.#takenBytes;
  }

  /** The reader is done with so many items. Fewer than before change nothing. */
  acknowledge(items: number): void {
    this.#acknowledged = Math.max(items, this.#acknowledged);
    if (this.#byHand === undefined) return;
    if (this.#acknowledged === this.#taken) this.#flushEntry(this.#byHand);
    this.#byHand.acknowledge(this.#acknowledged);
  }

  /** Whether there is anything that the producer does not know. */
  get isNews(): boolean {
    return this.#taken !== this.#toldTaken || this.#acknowledged !== this.#toldAcknowledged;
  }

  /** Whether the producer has to be told at once, so that it need not wait. */
  get isDue(): boolean {
    if (this.#terms === undefined) return false;
    const { ackPeriod, windowBytes, windowItems } = this.#terms;
    const items = Math.max(
      this.#taken - this.#toldTaken,
      this.#acknowledged - this.#toldAcknowledged,
    );
    const dueItems = ackPeriod > 0 ? ackPeriod : windowItems / ACKS_PER_WINDOW;
    if (dueItems > 0 && items >= dueItems) return true;
    const bytes = Math.max(
      this.#takenBytes - this.#toldTakenBytes,
      this.#doneBytes - this.#toldAcknowledgedBytes,
    );
    return bytes >= windowBytes / ACKS_PER_WINDOW;
  }

  onTold(): void {
    this.#toldTaken = this.#taken;
    this.#toldAcknowledged = this.#acknowledged;
    this.#toldTakenBytes = this.#takenBytes;
    this.#toldAcknowledgedBytes = this.#doneBytes;
  }

  /**
   * The producer says the checksum of so many items.
   *
   * @throws ChecksumError if they are others than those that came.
   */
  checkSum(items: number, sum: number): void {
    // Ahead of the first item: there will be more.
    if (items === 0 && this.#taken === 0) this.#crc32 = 0;
    // Items that come again were summed up before.
    if (items < this.#taken) return;
    if (items > this.#taken) {
      const text = `the peer sent the checksum of ${items} items of a stream, and ${this.#taken} came`;
      throw new ProtocolError(text, 'stream');
    }
    if (this.#crc32 === undefined || this.#crc32 === sum) return;
    throw new ChecksumError(`the first ${items} items of the stream are not those that were sent`);
  }

  /** Bytes of the items that are acknowledged. */
  get #doneBytes(): number {
    return this.#takenBytes - this.#unacknowledgedBytes;
  }

  get #unacknowledgedBytes(): number {
    if (this.#byHand !== undefined) return this.#byHand.bytes + this.#entryBytes;
    return this.#takenBytes - this.#acknowledgedBytes;
  }

  #note(byHand: Unacknowledged, bytes: number): void {
    this.#entryBytes += bytes;
    if (this.#entryBytes >= ENTRY_BYTES) this.#flushEntry(byHand);
  }

  #flushEntry(byHand: Unacknowledged): void {
    if (this.#entryBytes === 0) return;
    byHand.add(this.#taken, this.#entryBytes);
    this.#entryBytes = 0;
  }
}
