import { ProtocolError } from '../../errors/errors.ts';
import type { ResumePoint } from '../../wire/resume-point.ts';

/**
 * How far the consumer of a resumable stream has come, as it has told its producer. Positions count
 * items from the stream's start: acknowledged <= taken <= sent.
 *
 * A consumer says the same more than once, and on two connections. What is lower than before came
 * late, and changes nothing.
 */
export class SentPositions {
  #taken = 0;
  #acknowledged = 0;
  #attempt = 0;

  /** Items that were handed to the consumer's code. */
  get taken(): number {
    return this.#taken;
  }

  /** Of those, items that the consumer is done with. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** How often the consumer has asked for another lane. */
  get attempt(): number {
    return this.#attempt;
  }

  /**
   * The consumer has come so far.
   *
   * @param sent - the items that were sent so far, on any connection.
   * @returns whether that was not known.
   * @throws ProtocolError of the stream for positions that can't be.
   */
  move(acknowledged: number, taken: number, sent: number): boolean {
    if (acknowledged > taken) {
      throw wrong(`acknowledged ${acknowledged} items of a stream, and has taken ${taken}`);
    }
    if (taken > sent) throw wrong(`took ${taken} items of a stream, and was sent ${sent}`);
    const hasMoved = acknowledged > this.#acknowledged || taken > this.#taken;
    this.#acknowledged = Math.max(acknowledged, this.#acknowledged);
    this.#taken = Math.max(taken, this.#taken);
    return hasMoved;
  }

  /**
   * The consumer wants to go on on another connection.
   *
   * @returns false for an attempt that is not newer than another, or that wants items which it has
   *   taken: it was overtaken.
   * @throws as `move`.
   */
  resume(point: ResumePoint, sent: number): boolean {
    if (this.isStale(point)) return false;
    this.move(point.acknowledged, point.taken, sent);
    this.#attempt = point.attempt;
    return true;
  }

  /** Whether the consumer has asked for another connection since, or has taken more. */
  isStale({ taken, attempt }: ResumePoint): boolean {
    // A reader that has got nothing opens the stream once more.
    const isNewer = attempt > this.#attempt || (attempt === 0 && this.#attempt === 0);
    return !isNewer || taken < this.#taken;
  }
}

function wrong(what: string): ProtocolError {
  return new ProtocolError(`the peer ${what}`, 'stream');
}
