import type { Initiator } from '../../errors/rpc-error.ts';
import { StreamClosedError } from '../../errors/errors.ts';

/**
 * The life of one direction of a stream, at one end.
 *
 *     unopened --open--> open --finish--> ended
 *         \                \
 *          `----------------`--abort--> failed
 *
 * The two directions of a child connection end separately, so each has a state of its own. A half
 * that was never opened counts as finished: a one-way stream needs one end of stream only.
 */
export type HalfPhase = 'unopened' | 'open' | 'ended' | 'failed';

/** See {@link HalfPhase}. Knows nothing of sockets or timers. */
export class HalfState {
  /** Called when nothing more will happen in this direction. Set where somebody listens. */
  onOver: (() => void) | undefined;
  #phase: HalfPhase = 'unopened';
  #initiator: Initiator = 'local';
  #cause: unknown;
  #wasOpen = false;

  get phase(): HalfPhase {
    return this.#phase;
  }

  /** Why it failed; undefined unless it did. */
  get cause(): unknown {
    return this.#cause;
  }

  /** Whether it was ever open. */
  get wasOpen(): boolean {
    return this.#wasOpen;
  }

  /** Whether it was cut off while it was open, by the peer's doing or the network's. */
  get isBroken(): boolean {
    return this.#phase === 'failed' && this.#initiator !== 'local' && this.#wasOpen;
  }

  /** Whether nothing more will happen in this direction. */
  get isFinished(): boolean {
    return this.#phase !== 'open';
  }

  /** A sink or source was made. Only from `unopened`; the caller has checked. */
  open(): void {
    if (this.#phase !== 'unopened') return;
    this.#phase = 'open';
    this.#wasOpen = true;
  }

  /** End of stream was sent, or taken by the reader. */
  finish(): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'ended';
    this.onOver?.();
  }

  /** Ends without end of stream. The first cause wins. Returns whether this was it. */
  abort(cause: unknown, initiator: Initiator): boolean {
    if (this.#phase === 'ended' || this.#phase === 'failed') return false;
    this.#phase = 'failed';
    this.#cause = cause;
    this.#initiator = initiator;
    this.onOver?.();
    return true;
  }

  /** The error for the user of a half that is over. */
  closedError(): StreamClosedError {
    if (this.#phase !== 'failed') return new StreamClosedError('the stream has ended', 'local');
    if (this.#cause instanceof StreamClosedError) return this.#cause;
    const because = this.#cause instanceof Error ? `: ${this.#cause.message}` : '';
    return new StreamClosedError(`the stream was closed${because}`, this.#initiator, this.#cause);
  }
}
