import type { Environment } from '../../settings/environment.ts';
import { ProtocolError, RefusedError, StreamNotFoundError } from '../../errors/errors.ts';
import { isError, isInstance } from '../../errors/foreign.ts';
import type { ResumePoint } from '../../wire/resume-point.ts';
import type { RetainedFrame } from '../../wire/resumable-frame.ts';
import { closedBy } from '../half/half-state.ts';
import type { SourceSegment } from '../lane/source-segment.ts';
import { isPassing } from '../resume/cut-off.ts';
import { ResumeAttempts } from '../resume/resume-attempts.ts';
import { Reading, type ReadingTeller } from './reading.ts';

/** So often a stream is asked for again that may be a plain one. */
const MAX_BLIND_ATTEMPTS = 20;

/** The session that the stream belongs to. */
export interface ReadingSession extends ReadingTeller {
  readonly environment: Environment;
  /**
   * Opens a lane for the stream, once there is a connection. Rejects if the stream is not there any
   * more, nobody wants it, or the attempt has failed.
   */
  resume(segment: SourceSegment, point: ResumePoint): Promise<unknown>;
  /** The stream is not over and has no lane, so that nothing else shows that it is under way. */
  wait(reading: Reading): void;
  /** It has a lane again. */
  goOn(reading: Reading): void;
}

/**
 * A stream in a value that is read, and is opened again when its lane is lost.
 *
 * Before the producer has told its terms, it is not known whether it can be resumed. A plain one
 * begins on another lane, or fails as it would have if it had begun.
 */
export class ResumedReading extends Reading {
  readonly #session: ReadingSession;
  readonly #attempts: ResumeAttempts;
  /** The end of the last lane. */
  #cause: unknown;

  constructor(segment: SourceSegment, session: ReadingSession) {
    const { clock } = session.environment;
    super(segment, session, clock);
    this.#session = session;
    this.#attempts = new ResumeAttempts(clock);
    const { content } = segment;
    content.onRetained = (terms) => this.#onTerms(terms);
    content.onPlain = () => this.#onPlain();
    content.onFailure = (error, isProducers) => (isProducers ? error : this.#failureFor(error));
  }

  /** Unless the producer says otherwise, which it may not have done yet. */
  override goesOn(cause: unknown): boolean {
    return super.goesOn(cause) && this.positions.terms?.canResume !== false;
  }

  override end(): void {
    this.#attempts.end();
    super.end();
  }

  override onEnd(): void {
    if (this.positions.terms?.canResume === true) this.#session.wait(this);
    super.onEnd();
  }

  protected override part(cause: unknown): void {
    this.#cause = cause;
    this.#session.wait(this);
    void this.#goOn();
  }

  #onTerms(terms: RetainedFrame): void {
    // A real-time stream is acknowledged even if it ends with its lane.
    const isAcknowledged = terms.isRealTime && this.positions.terms === undefined;
    if (terms.canResume || isAcknowledged) this.begin(terms);
    else this.#onPlain();
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
    if (this.#attempts.count === 0 || !(error instanceof StreamNotFoundError)) return error;
    if (this.positions.terms === undefined) return closedBy(this.#cause);
    const text = `the stream can't go on, its producer is gone: ${this.certain}`;
    return new StreamNotFoundError(text, 'remote', this.#cause, 'stream');
  }

  async #goOn(): Promise<void> {
    const { taken, terms } = this.positions;
    if (terms === undefined && this.#attempts.count === MAX_BLIND_ATTEMPTS) {
      this.segment.abortParted(closedBy(this.#cause));
      this.tellCancel(this.#cause);
      return;
    }
    await this.#attempts.wait(taken);
    if (this.isOver) return;
    try {
      await this.#session.resume(this.segment, this.#pointOf(this.#attempts.begin()));
      if (!this.segment.isParted) this.#session.goOn(this);
    } catch (error) {
      // It may have ended, or have been canceled, meanwhile.
      if (!this.segment.isParted) return;
      if (isPassing(error) || isInstance(error, RefusedError)) {
        this.#session.environment.clock.defer(() => void this.#goOn());
      } else {
        this.segment.abortParted(isError(error) ? this.#failureFor(error) : error);
        this.end();
      }
    }
  }

  /** The positions at the time when they are told: the reader may acknowledge until then. */
  #pointOf(attempt: number): ResumePoint {
    const { segment, positions } = this;
    return {
      number: segment.number,
      attempt,
      get taken() {
        return positions.taken;
      },
      get acknowledged() {
        return positions.acknowledged;
      },
    };
  }
}
