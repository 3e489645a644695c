import { Alarm } from '../../base/alarm.ts';
import type { Environment } from '../../settings/environment.ts';
import {
  ProtocolError,
  RefusedError,
  StreamClosedError,
  StreamNotFoundError,
  TimeoutError,
} from '../../errors/errors.ts';
import { isError, isInstance, messageOf } from '../../errors/foreign.ts';
import { isRpcError } from '../../errors/rpc-error.ts';
import type { ResumePoint } from '../../wire/resume-point.ts';
import type { RetainedFrame } from '../../wire/resumable-frame.ts';
import { blamedFor, closedBy } from '../half/half-state.ts';
import type { Resumption } from '../lane/segment.ts';
import type { SourceSegment } from '../lane/source-segment.ts';
import { isCutOff } from './cut-off.ts';
import { TakenPositions } from '../resume/taken-positions.ts';

/** An acknowledgement that is not due for another reason is told after this time. */
const ACK_DELAY_MS = 50;

/** The delays of further attempts, while none of them brings an item. */
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 10_000;

/** So often a stream is asked for again that may be a plain one. */
const MAX_BLIND_ATTEMPTS = 20;

/** The session that the stream belongs to. */
export interface ReadingSession {
  readonly environment: Environment;
  /**
   * Opens a lane for the stream, once there is a connection. Rejects if the stream is not there any
   * more, nobody wants it, or the attempt has failed.
   */
  resume(segment: SourceSegment, point: ResumePoint): Promise<unknown>;
  /** The stream is not over and has no lane, so that nothing else shows that it is under way. */
  wait(reading: ResumedReading): void;
  /** It has a lane again. */
  goOn(reading: ResumedReading): void;
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
 *     reading --end taken--> settling --all acknowledged--> over
 *        \                       \
 *         `--cancel, lose---------`--> over
 *
 * Before the producer has told its terms, it is not known whether it is such a stream. A plain one
 * begins on another lane, or fails as it would have if it had begun.
 */
export class ResumedReading implements Resumption {
  readonly number: number;
  readonly positions: TakenPositions = new TakenPositions();
  /** Called when nothing is left to be told: the reader need not say any more when it asks. */
  onOver: (() => void) | undefined;
  readonly #segment: SourceSegment;
  readonly #owner: ReadingSession;
  readonly #ackAlarm: Alarm;
  readonly #retryAlarm: Alarm;
  #attempt = 0;
  /** The end of the last lane. */
  #cause: unknown;
  /** Attempts since the last item. */
  #vainAttempts = 0;
  #takenAtAttempt = -1;
  #phase: 'reading' | 'settling' | 'over' = 'reading';

  constructor(segment: SourceSegment, owner: ReadingSession) {
    this.number = segment.number;
    this.#segment = segment;
    this.#owner = owner;
    const { clock } = owner.environment;
    this.#ackAlarm = new Alarm(clock);
    this.#retryAlarm = new Alarm(clock);
    segment.resumption = this;
    const { content } = segment;
    content.onRetained = (terms) => this.#onTerms(terms);
    content.onPlain = () => this.#onPlain();
    content.onSum = (items, sum) => this.positions.checkSum(items, sum);
    content.onFailure = (error) => this.#failureFor(error);
  }

  /** Unless the producer says otherwise, which it may not have done yet. */
  goesOn(cause: unknown): boolean {
    // A producer that breaks the rules of a lane would break those of the next one.
    if (isInstance(cause, ProtocolError)) return false;
    return this.positions.terms?.canResume !== false;
  }

  get isWithinWindow(): boolean {
    return this.positions.isWithinWindow;
  }

  /** Whether the end was taken, and not all is acknowledged. */
  get isSettling(): boolean {
    return this.#phase === 'settling';
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

  /** The reader asks for the next item: it is done with those before, unless it says so by itself. */
  onAsk(): void {
    if (this.positions.isManual) return;
    this.positions.acknowledgeAll();
    this.#onAcknowledged();
  }

  /** The reader is done with so many items. */
  acknowledge(items: number): void {
    this.positions.acknowledge(items);
    this.#onAcknowledged();
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
    this.#owner.wait(this);
    this.#settle();
  }

  onParted(cause: unknown): void {
    if (this.#phase === 'over') {
      this.#segment.abortParted(cause);
      return;
    }
    this.#cause = cause;
    this.#ackAlarm.clear();
    this.#owner.wait(this);
    void this.#goOn();
  }

  tellCancel(cause: unknown): void {
    if (this.#phase === 'over') return;
    this.#owner.tellCancel(this.#segment, cause);
    this.end();
  }

  /** Its lane belongs to a connection that is gone. */
  leaveLane(cause: unknown): void {
    this.#segment.lose(cause);
  }

  /** No connection will come any more. */
  lose(cause: unknown): void {
    this.#segment.abortParted(this.#lostBy(cause));
    this.end();
  }

  end(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#ackAlarm.clear();
    this.#retryAlarm.clear();
    this.#segment.resumption = undefined;
    this.#owner.leave(this);
    this.onOver?.();
  }

  /** The items that are certain when the stream ends early. */
  get #certain(): string {
    const { taken, acknowledged } = this.positions;
    return `${taken} items were read, ${acknowledged} of them are acknowledged`;
  }

  /** A session that this side has closed is not lost, and a stream without terms may be a plain one. */
  #lostBy(cause: unknown): Error {
    const because = isError(cause) ? `: ${messageOf(cause)}` : '';
    const isOurs = isRpcError(cause) && cause.initiator === 'local';
    if (isOurs || this.positions.terms?.canResume !== true) {
      const text = `the stream can't go on${because}; ${this.#certain}`;
      return new StreamClosedError(text, isOurs ? 'local' : blamedFor(cause), cause);
    }
    const text = `the stream's producer is lost with the session${because}; ${this.#certain}`;
    return new StreamNotFoundError(text, blamedFor(cause), cause, 'stream');
  }

  #onTerms(terms: RetainedFrame): void {
    // A real-time stream is acknowledged even if it ends with its lane.
    const isAcknowledged = terms.isRealTime && this.positions.terms === undefined;
    if (!terms.canResume && !isAcknowledged) {
      this.#onPlain();
      return;
    }
    this.positions.setTerms(terms);
    this.#segment.content.repeatFrom(terms.firstIndex, this.positions.taken);
  }

  /** The stream can't be resumed. */
  #onPlain(): void {
    if (this.positions.terms !== undefined) {
      throw new ProtocolError('the peer goes on with a stream that it does not keep', 'stream');
    }
    this.end();
  }

  /** A producer that knows nothing of the stream says so; the reader learns what has led to that. */
  #failureFor(error: Error): Error {
    if (this.#attempt === 0 || !(error instanceof StreamNotFoundError)) return error;
    if (this.positions.terms === undefined) return closedBy(this.#cause);
    const text = `the stream can't go on, its producer is gone: ${this.#certain}`;
    return new StreamNotFoundError(text, 'remote', this.#cause, 'stream');
  }

  async #goOn(): Promise<void> {
    const { taken, terms } = this.positions;
    if (terms === undefined && this.#attempt === MAX_BLIND_ATTEMPTS) {
      this.#segment.abortParted(closedBy(this.#cause));
      this.tellCancel(this.#cause);
      return;
    }
    if (taken === this.#takenAtAttempt) this.#vainAttempts++;
    else this.#vainAttempts = 0;
    this.#takenAtAttempt = taken;
    if (this.#vainAttempts > 0) {
      await new Promise<void>((resolve) => this.#retryAlarm.set(this.#retryMs(), resolve));
    }
    if (this.#phase === 'over') return;
    try {
      await this.#owner.resume(this.#segment, this.#pointOf(++this.#attempt));
      if (!this.#segment.isParted) this.#owner.goOn(this);
    } catch (error) {
      // It may have ended, or have been canceled, meanwhile.
      if (!this.#segment.isParted) return;
      if (isPassing(error)) {
        this.#owner.environment.clock.defer(() => void this.#goOn());
      } else {
        this.#segment.abortParted(isError(error) ? this.#failureFor(error) : error);
        this.end();
      }
    }
  }

  /** The positions at the time when they are told: the reader may acknowledge until then. */
  #pointOf(attempt: number): ResumePoint {
    const { number, positions } = this;
    return {
      number,
      attempt,
      get taken() {
        return positions.taken;
      },
      get acknowledged() {
        return positions.acknowledged;
      },
    };
  }

  #retryMs(): number {
    return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#vainAttempts - 1));
  }

  #onAcknowledged(): void {
    const { positions } = this;
    if (positions.terms === undefined || this.#phase === 'over') return;
    if (this.#phase === 'settling') this.#settle();
    else if (positions.isDue) this.#owner.acknowledge(this);
    else if (positions.isNews && !this.#ackAlarm.isSet) {
      this.#ackAlarm.set(ACK_DELAY_MS, () => this.#owner.acknowledge(this));
    }
  }

  #settle(): void {
    const { acknowledged, taken } = this.positions;
    if (acknowledged === taken) {
      this.#owner.tellDone(this.number);
      this.end();
    } else if (this.positions.isNews) this.#owner.acknowledge(this);
  }
}

/** Whether another attempt may do better: a lane was cut off, was not made in time, or has no place. */
function isPassing(error: unknown): boolean {
  return isCutOff(error) || isInstance(error, RefusedError) || isInstance(error, TimeoutError);
}
