import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';
import { ProtocolError, StreamClosedError, StreamNotFoundError } from '../../errors/errors.ts';
import { isError, isInstance, messageOf } from '../../errors/foreign.ts';
import { isRpcError } from '../../errors/rpc-error.ts';
import type { RetainedFrame } from '../../wire/resumable-frame.ts';
import { blamedFor } from '../half/half-state.ts';
import type { Resumption } from '../lane/segment.ts';
import type { SourceSegment } from '../lane/source-segment.ts';
import type { AcknowledgedReading } from '../resume/acknowledging.ts';
import { TakenPositions } from '../resume/taken-positions.ts';

/** An acknowledgement that is not due for another reason is told after this time. */
const ACK_DELAY_MS = 50;

/** Tells the producers of streams about their readings. */
export interface ReadingTeller {
  /** Tells the producer how far the reading has come: soon, with those of other streams. */
  acknowledge(reading: Reading): void;
  /** Tells the producer that the end was taken, and all is acknowledged. */
  tellDone(reading: Reading): void;
  /** Tells the producer that the reader wants no more, once there is a connection. */
  tellCancel(reading: Reading, cause: unknown): void;
  /** The reading is over. */
  leave(reading: Reading): void;
}

/**
 * A stream that is read, and can be read on on another connection. It tells the producer how far the
 * reader has come, and judges whether the producer keeps to its window.
 *
 *     reading --end taken--> settling --all acknowledged--> over
 *        \                       \
 *         `--cancel, lose---------`--> over
 */
export abstract class Reading implements Resumption, AcknowledgedReading {
  readonly segment: SourceSegment;
  readonly positions: TakenPositions = new TakenPositions();
  onOver: (() => void) | undefined;
  readonly #owner: ReadingTeller;
  readonly #ackAlarm: Alarm;
  #phase: 'reading' | 'settling' | 'over' = 'reading';

  constructor(segment: SourceSegment, owner: ReadingTeller, clock: Clock) {
    this.segment = segment;
    this.#owner = owner;
    this.#ackAlarm = new Alarm(clock);
    segment.resumption = this;
    segment.content.onSum = (items, sum) => this.positions.checkSum(items, sum);
  }

  /** Goes on on another connection, if it does. */
  protected abstract part(cause: unknown): void;

  goesOn(cause: unknown): boolean {
    // A producer that breaks the rules of a lane would break those of the next one.
    return !isInstance(cause, ProtocolError);
  }

  get isWithinWindow(): boolean {
    return this.positions.isWithinWindow;
  }

  get isSettling(): boolean {
    return this.#phase === 'settling';
  }

  /** Whether nothing is left to be told. */
  get isOver(): boolean {
    return this.#phase === 'over';
  }

  onMessage(payload: Buffer): void {
    this.positions.take(payload);
  }

  judge(): void {
    if (this.positions.isWithinWindow) return;
    const { windowBytes, windowItems } = this.positions.terms!;
    const window =
      windowItems > 0 ? `${windowItems} items or ${windowBytes} bytes` : `${windowBytes} bytes`;
    const text = `the peer has sent more than twice its window of ${window} without an acknowledgement`;
    throw new ProtocolError(text, 'stream');
  }

  /** The reader is done with the items before, unless it says so by itself. */
  onAsk(): void {
    if (!this.positions.isManual) this.positions.acknowledgeAll();
    // The producer frees what was taken, however late it is acknowledged.
    this.#onMoved();
  }

  acknowledge(items: number): void {
    this.positions.acknowledge(items);
    this.#onMoved();
  }

  /** The positions are on their way to the producer. */
  onTold(): void {
    this.positions.onTold();
    this.#ackAlarm.clear();
  }

  onEnd(): void {
    if (this.positions.terms?.canResume !== true) {
      this.end();
      return;
    }
    this.#phase = 'settling';
    this.#settle();
  }

  onParted(cause: unknown): void {
    if (this.isOver) {
      this.segment.abortParted(cause);
      return;
    }
    this.#ackAlarm.clear();
    this.part(cause);
  }

  tellCancel(cause: unknown): void {
    if (this.isOver) return;
    this.#owner.tellCancel(this, cause);
    this.end();
  }

  /** No connection will come any more. */
  lose(cause: unknown): void {
    this.segment.abortParted(this.#lostBy(cause));
    this.end();
  }

  end(): void {
    if (this.isOver) return;
    this.#phase = 'over';
    this.#ackAlarm.clear();
    this.segment.resumption = undefined;
    this.#owner.leave(this);
    this.onOver?.();
  }

  /** The items that are certain when the stream ends early. */
  protected get certain(): string {
    const { taken, acknowledged } = this.positions;
    return `${taken} items were read, ${acknowledged} of them are acknowledged`;
  }

  /** The producer has told the terms of the stream. */
  protected begin(terms: RetainedFrame): void {
    this.positions.setTerms(terms);
    this.segment.content.repeatFrom(terms.firstIndex, this.positions.taken);
  }

  /**
   * A session that this side has closed is not lost, nor is a stream for which the peer breaks the rules.
   * One without terms may be a plain one.
   */
  #lostBy(cause: unknown): Error {
    const because = isError(cause) ? `: ${messageOf(cause)}` : '';
    const isOurs = isRpcError(cause) && cause.initiator === 'local';
    const isBroken = isInstance(cause, ProtocolError) && cause.scope === 'stream';
    if (isOurs || isBroken || this.positions.terms?.canResume !== true) {
      const text = `the stream can't go on${because}; ${this.certain}`;
      return new StreamClosedError(text, isOurs ? 'local' : blamedFor(cause), cause);
    }
    const text = `the stream's producer is lost${because}; ${this.certain}`;
    return new StreamNotFoundError(text, blamedFor(cause), cause, 'stream');
  }

  /** The reader has come further. */
  #onMoved(): void {
    const { positions } = this;
    if (positions.terms === undefined || this.isOver) return;
    if (this.isSettling) this.#settle();
    else if (positions.isDue) this.#owner.acknowledge(this);
    else if (positions.isNews && !this.#ackAlarm.isSet) {
      this.#ackAlarm.set(ACK_DELAY_MS, () => this.#owner.acknowledge(this));
    }
  }

  #settle(): void {
    const { acknowledged, taken } = this.positions;
    if (acknowledged === taken) {
      this.#owner.tellDone(this);
      this.end();
    } else if (this.positions.isNews) this.#owner.acknowledge(this);
  }
}
