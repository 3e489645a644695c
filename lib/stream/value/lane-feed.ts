import { Deferred } from '../../base/deferred.ts';
import type { FrameWriter } from '../../connection/link/frame-writer.ts';
import type { Environment } from '../../settings/environment.ts';
import type { HalfListener } from '../half/half-listener.ts';
import { poison } from '../half/message-memory.ts';
import type { SinkSegment } from '../lane/sink-segment.ts';
import type { KeptFrames } from '../resume/kept-frames.ts';
import type { Retention } from '../resume/retention.ts';

/** The part of an environment that a feed needs. */
type FeedEnvironment = Pick<Environment, 'slabs' | 'poisonsBorrowed'>;

/** How the producer has ended its stream. */
export type StreamOutcome =
  { readonly kind: 'count' } | { readonly kind: 'error'; readonly error: unknown };

/** A wait until a lane has got the stream up to an item, or to its end. */
interface SentWait {
  readonly endIndex: number;
  readonly needsEnd: boolean;
  readonly sent: Deferred;
}

/**
 * Gives the kept items of a stream to the lane that it has now: as fast as the lane takes them, then
 * the end. With the next lane it begins anew at another item.
 */
export class LaneFeed {
  readonly #kept: Retention;
  readonly #headers: Buffer[] = [];
  readonly #trailers: Buffer[] = [];
  /** Undefined while there is no lane. */
  #segment: SinkSegment | undefined;
  /** The next item for the lane. */
  #next = 0;
  /** Items that were given to any lane. */
  #sent = 0;
  /** Items that were given to another lane before, each time that one was. */
  #resent = 0;
  #isEndWritten = false;
  /** Whether the checksum ahead of the first item on this lane was written. */
  #isSumWritten = false;
  /** Set while the lane has no room. */
  #isWaiting = false;
  #outcome: StreamOutcome | undefined;
  /** Whether any lane has got the end. */
  #isEndSent = false;
  #waits: SentWait[] = [];
  /** Why no lane gets any more. */
  #loss: Error | undefined;

  constructor(kept: Retention, { slabs, poisonsBorrowed }: FeedEnvironment) {
    this.#kept = kept;
    kept.onFreed = (batch) => {
      if (!this.#isWritten(batch)) return;
      for (const slab of batch.slabs) {
        if (poisonsBorrowed) poison(slab);
        slabs.give(slab);
      }
    };
  }

  /** The lane's part of the stream; undefined while there is none. */
  get segment(): SinkSegment | undefined {
    return this.#segment;
  }

  /** Items that were given to any lane so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Items that were given to a lane again, because an earlier one was lost. */
  get resent(): number {
    return this.#resent;
  }

  /** Whether a lane has got all items and the end. */
  get hasSentAll(): boolean {
    return this.#isEndSent && this.#sent === this.#kept.nextIndex;
  }

  get outcome(): StreamOutcome | undefined {
    return this.#outcome;
  }

  /** Whether any lane has got the end. */
  get isEndSent(): boolean {
    return this.#isEndSent;
  }

  /** Resolves when a lane has got all that was sent so far, with the end if the producer has ended. */
  whenSent(): Promise<void> {
    const sent = new Deferred();
    const needsEnd = this.#outcome !== undefined;
    this.#waits.push({ endIndex: this.#kept.nextIndex, needsEnd, sent });
    this.#settle();
    if (this.#loss !== undefined) this.lose(this.#loss);
    return sent.promise;
  }

  /** No lane will get any more. */
  lose(error: Error): void {
    this.#loss = error;
    for (const { sent } of this.#waits) sent.reject(error);
    this.#waits = [];
  }

  /** Goes on on this lane, from this item on. Call `handOver` when the beginning is written. */
  attach(segment: SinkSegment, firstIndex: number, listener: HalfListener): void {
    segment.openSink(listener);
    this.#kept.leaveLane();
    this.#segment = segment;
    this.#next = firstIndex;
    this.#isEndWritten = false;
    this.#isSumWritten = false;
    this.#isWaiting = false;
  }

  /** Leaves the lane. Returns its part of the stream. */
  detach(): SinkSegment | undefined {
    const segment = this.#segment;
    this.#segment = undefined;
    return segment;
  }

  /** Keeps the document, and writes it now or at its place. */
  writeMetadata(type: 'headers' | 'trailers', document: Buffer): void {
    if (type === 'trailers') this.#trailers.push(document);
    else {
      this.#headers.push(document);
      this.#segment?.writeMetadata(type, document);
    }
  }

  /** Repeats the headers, on a lane that begins with the first item. */
  repeatHeaders(): void {
    for (const document of this.#headers) this.#segment?.writeMetadata('headers', document);
  }

  /** The producer has ended: the end follows the last item, on this lane and on later ones. */
  end(outcome: StreamOutcome): void {
    this.#outcome = outcome;
  }

  /** Gives the lane all that was gathered, as far as it has room, and then the end. */
  handOver(): void {
    const writer = this.#segment?.link.writer;
    if (writer === undefined || writer.isInFrame || this.#isWaiting) return;
    // A consumer may take what an earlier lane has brought, and say so while this lane begins.
    this.#next = Math.max(this.#next, this.#kept.firstIndex);
    for (let batch; (batch = this.#kept.batchAt(this.#next)) !== undefined;) {
      if (writer.isFull) {
        this.#handOverLater(writer);
        this.#settle();
        return;
      }
      if (!this.#isSumWritten) this.#writeSum(batch.firstIndex);
      writeKept(writer, batch);
      batch.sentEnd = writer.sentBytes + writer.bufferedBytes;
      this.#next = batch.endIndex;
      const known = Math.min(this.#sent, batch.endIndex);
      if (known > batch.firstIndex) this.#resent += known - batch.firstIndex;
      this.#sent = Math.max(this.#sent, batch.endIndex);
    }
    if (this.#outcome !== undefined) this.#writeEnd(this.#outcome);
    this.#settle();
  }

  /** Sends what was written at once, without waiting for the end of the turn. */
  flush(): void {
    this.#segment?.link.writer.flush();
  }

  /**
   * Whether the kernel has all of it. A consumer may say that it has what was not sent yet: the slabs
   * must not carry the bytes of others then.
   */
  #isWritten({ sentEnd }: KeptFrames): boolean {
    const writer = this.#segment?.link.writer;
    return writer !== undefined && sentEnd !== undefined && sentEnd <= writer.sentBytes;
  }

  #handOverLater(writer: FrameWriter): void {
    this.#isWaiting = true;
    writer.room()?.then(
      () => {
        if (this.#segment?.link.writer !== writer) return;
        this.#isWaiting = false;
        this.handOver();
      },
      () => {},
    );
  }

  #settle(): void {
    if (this.#waits.length === 0) return;
    this.#waits = this.#waits.filter(({ endIndex, needsEnd, sent }) => {
      if (endIndex > this.#sent || (needsEnd && !this.#isEndSent)) return true;
      sent.resolve();
      return false;
    });
  }

  #writeSum(items: number): void {
    this.#isSumWritten = true;
    const crc32 = this.#kept.sumAt(items);
    if (crc32 !== undefined) this.#segment?.writeFrame({ type: 'sum', items, crc32 });
  }

  #writeEnd(outcome: StreamOutcome): void {
    const segment = this.#segment;
    if (segment === undefined || this.#isEndWritten) return;
    this.#isEndWritten = true;
    this.#isEndSent = true;
    if (outcome.kind === 'error') {
      segment.abort(outcome.error, 'local');
      return;
    }
    for (const document of this.#trailers) segment.writeMetadata('trailers', document);
    this.#writeSum(this.#kept.nextIndex);
    segment.writeEos(this.#kept.nextIndex);
    segment.onEosSent();
  }
}

/** A compressor takes the frames one by one, as it does with those of other streams. */
function writeKept(writer: FrameWriter, batch: KeptFrames): void {
  if (writer.compressor === undefined) {
    for (const piece of batch.pieces) writer.writeUncompressed(piece);
  } else for (const frame of batch.frames()) writer.writeFrame(frame);
}
