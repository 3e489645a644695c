import { Alarm } from '../../base/alarm.ts';
import type { Environment } from '../../settings/environment.ts';
import { ProtocolError, StreamNotFoundError } from '../../errors/errors.ts';
import type { ResumePoint } from '../../wire/resume-point.ts';
import type { RetainedFrame } from '../../wire/resumable-frame.ts';
import { closedBy } from '../half/half-state.ts';
import type { Resumption } from '../lane/segment.ts';
import type { SourceSegment } from '../lane/source-segment.ts';

/** What was read without an acknowledgement is told after this time. */
const ACK_DELAY_MS = 50;

/** Acknowledgements are told in time when the producer still has most of its window. */
const ACKS_PER_WINDOW = 4;

/** The delays of further attempts, while none of them brings an item. */
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 10_000;

/** The session that the stream belongs to. */
export interface ReadingSession {
  readonly environment: Environment;
  /**
   * Opens a lane for the stream, once there is a connection. Rejects if the stream is not there any
   * more, or the attempt has failed.
   */
  resume(segment: SourceSegment, point: ResumePoint): Promise<unknown>;
  /** Tells the producer how far the reading has come: soon, with those of other streams. */
  acknowledge(reading: ResumedReading): void;
  /** Tells the producer that the end was taken, and all is acknowledged. */
  tellDone(number: number): void;
  /** Tells the producer that the reader wants no more, once there is a connection. */
  tellCancel(segment: SourceSegment, cause: unknown): void;
  /** The reading is over. */
  leave(reading: ResumedReading): void;
}

/**
 * A stream that is read and can go on on another lane. It tells the producer how far the reader has
 * come, and opens the stream again when its lane is lost.
 *
 * Before the producer has told its terms, it is not known whether it is such a stream; a plain one
 * that has not begun is asked for again in vain, and fails as it would have.
 */
export class ResumedReading implements Resumption {
  readonly number: number;
  readonly #segment: SourceSegment;
  readonly #owner: ReadingSession;
  readonly #alarm: Alarm;
  #terms: RetainedFrame | undefined;
  #acknowledged = 0;
  #toldTaken = 0;
  #toldAcknowledged = 0;
  #toldBytes = 0;
  #attempt = 0;
  /** The end of the last lane. */
  #cause: unknown;
  /** Attempts since the last item. */
  #vainAttempts = 0;
  #takenAtAttempt = -1;
  /** Whether the end was taken. */
  #hasEnd = false;
  #isOver = false;

  constructor(segment: SourceSegment, owner: ReadingSession) {
    this.number = segment.number;
    this.#segment = segment;
    this.#owner = owner;
    this.#alarm = new Alarm(owner.environment.clock);
    segment.resumption = this;
    const { content } = segment;
    content.onRetained = (terms) => this.#onTerms(terms);
    content.onPlain = () => this.#onPlain();
    content.onFailure = (error) => this.#failureFor(error);
  }

  /** Items that were handed to the reader. */
  get taken(): number {
    return this.#segment.receivedMessages;
  }

  /** Of those, items that the reader is done with. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** The reader asks for the next item: it is done with those before. */
  onAsk(): void {
    const taken = this.#segment.receivedMessages;
    this.#acknowledged = taken;
    if (this.#terms === undefined || this.#isOver) return;
    if (this.#hasEnd) this.#tellDone();
    else if (taken !== this.#toldTaken || taken !== this.#toldAcknowledged) this.#tellInTime(taken);
  }

  /** The positions are on their way to the producer. */
  onTold(): void {
    this.#toldTaken = this.taken;
    this.#toldAcknowledged = this.#acknowledged;
    this.#toldBytes = this.#receivedBytes;
    this.#alarm.clear();
  }

  onEnd(): void {
    this.#hasEnd = true;
    if (this.#terms === undefined) this.end();
    else if (this.#acknowledged === this.taken) this.#tellDone();
  }

  onParted(cause: unknown): void {
    this.#cause = cause;
    this.#alarm.clear();
    void this.#goOn();
  }

  tellCancel(cause: unknown): void {
    this.#owner.tellCancel(this.#segment, cause);
    this.end();
  }

  /** Its lane belongs to a connection that is gone. */
  leaveLane(cause: unknown): void {
    this.#segment.lose(cause);
  }

  /** No connection will come any more. */
  lose(cause: unknown): void {
    this.#segment.abortParted(cause);
    this.end();
  }

  /** Nothing is left to be told. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#alarm.clear();
    this.#owner.leave(this);
  }

  #onTerms(terms: RetainedFrame): void {
    this.#terms = terms;
    this.#toldBytes = this.#receivedBytes;
    if (!terms.canResume) this.#onPlain();
    else this.#segment.content.repeatFrom(terms.firstIndex, this.taken);
  }

  /** The stream can't be resumed. */
  #onPlain(): void {
    if (this.#attempt > 0) {
      throw new ProtocolError('the peer goes on with a stream that it does not keep', 'stream');
    }
    this.#segment.resumption = undefined;
    this.end();
  }

  /** A producer that knows nothing of the stream says so; the reader learns what has led to that. */
  #failureFor(error: Error): Error {
    if (this.#attempt === 0 || !(error instanceof StreamNotFoundError)) return error;
    if (this.#terms === undefined) return closedBy(this.#cause);
    const text = `the stream can't go on, its producer is gone: ${this.taken} items were read, ${this.#acknowledged} are acknowledged`;
    return new StreamNotFoundError(text, 'remote', this.#cause);
  }

  async #goOn(): Promise<void> {
    const { clock } = this.#owner.environment;
    if (this.taken === this.#takenAtAttempt) this.#vainAttempts++;
    else this.#vainAttempts = 0;
    this.#takenAtAttempt = this.taken;
    if (this.#vainAttempts > 0) {
      await new Promise<void>((resolve) => this.#alarm.set(this.#retryMs(), resolve));
    }
    if (this.#isOver) return;
    const { number, taken, acknowledged } = this;
    const attempt = ++this.#attempt;
    try {
      await this.#owner.resume(this.#segment, { number, taken, acknowledged, attempt });
    } catch (error) {
      if (this.#isOver) return;
      if (error instanceof StreamNotFoundError) {
        this.lose(this.#failureFor(error));
      } else clock.defer(() => void this.#goOn());
    }
  }

  #retryMs(): number {
    return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#vainAttempts - 1));
  }

  #tellInTime(taken: number): void {
    // Set: there are terms.
    const { ackPeriod, windowBytes, windowItems } = this.#terms!;
    const items = taken - this.#toldTaken;
    const isDue =
      (ackPeriod > 0 && items >= ackPeriod) ||
      (windowItems > 0 && items >= windowItems / ACKS_PER_WINDOW) ||
      this.#receivedBytes - this.#toldBytes >= windowBytes / ACKS_PER_WINDOW;
    if (isDue) this.#owner.acknowledge(this);
    else if (!this.#alarm.isSet) {
      this.#alarm.set(ACK_DELAY_MS, () => this.#owner.acknowledge(this));
    }
  }

  #tellDone(): void {
    this.#owner.tellDone(this.number);
    this.end();
  }

  /** Bytes that the lane has brought and that are not held any more. */
  get #receivedBytes(): number {
    return this.#segment.link.receivedBytes - this.#segment.input.heldBytes;
  }
}
