import { REFERENCE_BYTES } from '../../base/byte-writer.ts';
import { STREAM_HEADER_BYTES } from '../../wire/stream-frame.ts';
import type { ResumableTerms } from './resumable-terms.ts';
import { batchBytesWithin, type Retention } from './retention.ts';
import type { SentPositions } from './sent-positions.ts';
import { Unacknowledged } from './unacknowledged.ts';

/** More than a turn has time for. */
const MANY_ITEMS = 0x3fff_ffff;

/** The counts of a stream now. */
export interface SendCounts {
  readonly items: number;
  readonly bytes: number;
  readonly keptBytes: number;
  readonly windowBytes: number;
}

/** Whether so many bytes and items that are not acknowledged fill the window. */
export function isWindowFull(terms: ResumableTerms, bytes: number, items: number): boolean {
  const { windowBytes, windowItems } = terms;
  return bytes > windowBytes || (windowItems > 0 && items >= windowItems);
}

/**
 * How far the producer of a resumable stream may go ahead: of its consumer, by the window, and of its
 * lane, which gets items in batches.
 *
 * After a look at all that, it is known how much can be sent before the stream's own part of it changes.
 * Until then an item is only counted (`resumable.down.64B.batch`).
 */
export class SendWindow {
  readonly #terms: ResumableTerms;
  readonly #kept: Retention;
  readonly #positions: Pick<SentPositions, 'acknowledged'>;
  readonly #unacknowledged = new Unacknowledged();
  readonly #batchBytes: number;
  #sentBytes = 0;
  #bytesUntilLook = 0;
  #itemsUntilLook = 0;

  /**
   * @param kept - the items that were sent.
   * @param positions - how far the consumer has come.
   */
  constructor(
    terms: ResumableTerms,
    kept: Retention,
    positions: Pick<SentPositions, 'acknowledged'>,
  ) {
    this.#terms = terms;
    this.#kept = kept;
    this.#positions = positions;
    this.#batchBytes = batchBytesWithin(terms.windowBytes);
  }

  /** The counts of all items, of those that are kept, and of the window. */
  figures(): SendCounts {
    const { nextIndex, bytes } = this.#kept;
    const { windowBytes } = this.#terms;
    return { items: nextIndex, bytes: this.#sentBytes, keptBytes: bytes, windowBytes };
  }

  /** Items that the consumer has not acknowledged. */
  get items(): number {
    return this.#kept.nextIndex - this.#positions.acknowledged;
  }

  /** Whether the producer has to wait: for its window, or for the memory of its session. */
  get isFull(): boolean {
    return this.#kept.isCrowded || isWindowFull(this.#terms, this.#bytes, this.items);
  }

  /** Counts an item. True if it is time for a `look`. */
  spend(payloadBytes: number): boolean {
    this.#sentBytes += payloadBytes;
    this.#bytesUntilLook -= payloadBytes + STREAM_HEADER_BYTES;
    this.#itemsUntilLook--;
    if (this.#bytesUntilLook <= 0 || this.#itemsUntilLook <= 0) return true;
    // Other streams fill the memory of the session meanwhile.
    return this.#kept.isCrowded;
  }

  /** Whether the lane is to get what was written, the last item included, without waiting for the turn's end. */
  isBatchComplete(payloadBytes: number): boolean {
    const isOwned = this.#terms.copies && payloadBytes >= REFERENCE_BYTES;
    return isOwned || this.#kept.looseBytes >= this.#batchBytes;
  }

  /** There is room. Learns how much. */
  look(): void {
    const { windowBytes, windowItems, copies, onBuffered } = this.#terms;
    const batch = this.#batchBytes - this.#kept.looseBytes;
    const bytes = Math.min(batch, windowBytes - this.#bytes);
    this.#bytesUntilLook = copies ? Math.min(bytes, REFERENCE_BYTES) : bytes;
    this.#itemsUntilLook = windowItems > 0 ? windowItems - this.items : MANY_ITEMS;
    if (onBuffered !== undefined) this.#itemsUntilLook = 0;
  }

  /** Makes a batch of what was written since the last one. Time for a `look` at the next item. */
  gather(): void {
    this.#itemsUntilLook = 0;
    const { looseBytes, nextIndex } = this.#kept;
    if (looseBytes === 0) return;
    this.#kept.gather();
    this.#unacknowledged.add(nextIndex, looseBytes);
  }

  /** The consumer has acknowledged more. */
  onAcknowledged(): void {
    this.#unacknowledged.acknowledge(this.#positions.acknowledged);
  }

  get #bytes(): number {
    return this.#unacknowledged.bytes + this.#kept.looseBytes;
  }
}
