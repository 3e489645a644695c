import { type Initiator, isRpcError } from '../../errors/rpc-error.ts';
import { StreamClosedError, StreamNotFoundError } from '../../errors/errors.ts';
import { isError, isInstance, messageOf } from '../../errors/foreign.ts';

/**
 * The life of one direction of a stream, at one end.
 *
 *     unopened --open--> open --finish--> ended
 *         \                \
 *          `----------------`--abort--> failed
 *
 * The two directions of a child connection end separately, so each has a state of its own. A half
 * that was never opened counts as finished: a one-way stream needs only one end of stream.
 */
export type HalfPhase = 'unopened' | 'open' | 'ended' | 'failed';

/** The error for the users of a stream that is over. */
export type StreamEndError = StreamClosedError | StreamNotFoundError;

/** See {@link HalfPhase}. Knows nothing of sockets or timers. */
export class HalfState {
  /** Called when nothing more will happen in this direction. Set if anybody listens. */
  onOver: (() => void) | undefined;
  #phase: HalfPhase = 'unopened';
  #initiator: Initiator = 'local';
  #cause: unknown;
  #wasOpen = false;

  get phase(): HalfPhase {
    return this.#phase;
  }

  /** The reason of the failure; undefined if it has not failed. */
  get cause(): unknown {
    return this.#cause;
  }

  /** Whether it was opened at any time. */
  get wasOpen(): boolean {
    return this.#wasOpen;
  }

  /** Whether the peer or the network cut it off while it was open. */
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

  /** End of stream was sent, or the reader has taken it. */
  finish(): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'ended';
    this.onOver?.();
  }

  /**
   * Ends without end of stream. Only the first cause counts. Returns whether this was the first.
   */
  abort(cause: unknown, initiator: Initiator): boolean {
    if (this.#phase === 'ended' || this.#phase === 'failed') return false;
    this.#phase = 'failed';
    this.#cause = cause;
    this.#initiator = initiator;
    this.onOver?.();
    return true;
  }

  /** The error for the user of a half that is over. */
  closedError(): StreamEndError {
    if (this.#phase !== 'failed') return new StreamClosedError('the stream has ended', 'local');
    return closedBy(this.#cause, this.#initiator);
  }

  /**
   * The error for what still waits when the connection is over: also behind an end of stream that was
   * written and did not all go out.
   */
  lostError(end: unknown): StreamEndError {
    return this.#phase === 'failed' ? this.closedError() : closedBy(end);
  }
}

/** The error for the users of a stream that has ended with this cause. */
export function closedBy(
  cause: unknown,
  initiator: Initiator = isRpcError(cause) ? cause.initiator : 'transport',
): StreamEndError {
  if (isInstance(cause, StreamClosedError)) return cause;
  // One with another scope is about a stream that an item names.
  if (isInstance(cause, StreamNotFoundError) && cause.scope === 'stream') return cause;
  const because = isError(cause) ? `: ${messageOf(cause)}` : '';
  return new StreamClosedError(`the stream was closed${because}`, initiator, cause);
}

/** To blame for the end of a connection that carried a stream: the peer, or the network. */
export function blamedFor(cause: unknown): Initiator {
  return isRpcError(cause) && cause.initiator === 'remote' ? 'remote' : 'transport';
}
