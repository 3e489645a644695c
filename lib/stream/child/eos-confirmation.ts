import type { Timer } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import { ClosedError } from '../../errors/errors.ts';
import type { Naming } from '../half/named-stream.ts';
import type { EndingChild } from './child-facts.ts';

/**
 * Milliseconds that a live peer has to answer a call after it has ended the call's stream. Then that
 * end counts: the handler may wait for the caller, which waits for the confirmation.
 */
const HELD_MS = 10_000;

/**
 * Whether the peer's reader has taken our end of stream, after it was sent. Settles once; the first
 * word counts.
 *
 *     pending --confirm--> confirmed
 *        \  \--hold--> held --confirm, or it lasts--> confirmed
 *         \             /
 *          `--lose------'--> lost
 */
export class EosConfirmation {
  readonly #child: EndingChild;
  readonly #onSettled: () => void;
  #isSettled = false;
  #isConfirmed = false;
  #lostCause: unknown;
  #waiting: Deferred | undefined;
  #timer: Timer | undefined;
  /** The peer has ended the link, and it is not known yet whether that is the confirmation. */
  #held: { readonly isPeerFirst: boolean } | undefined;

  constructor(child: EndingChild, onSettled: () => void) {
    this.#child = child;
    this.#onSettled = onSettled;
  }

  /** Whether the confirmation may still come. */
  get isPending(): boolean {
    return !this.#isSettled;
  }

  /** Whether anybody has asked for the confirmation. */
  get isAwaited(): boolean {
    return this.#waiting !== undefined;
  }

  /** Whether somebody who has asked is told that it can't come any more. */
  get isLossTold(): boolean {
    return this.isAwaited && this.#isSettled && !this.#isConfirmed;
  }

  /** Resolves when the confirmation comes, rejects when it can't come any more. */
  wait(): Promise<void> {
    this.#waiting ??= new Deferred();
    if (this.#isSettled) this.#tell(this.#waiting);
    else if (this.#held !== undefined) this.#limitHold(this.#held);
    return this.#waiting.promise;
  }

  /** The reader has taken the end of stream. */
  confirm(): void {
    if (this.#isSettled) return;
    this.#isConfirmed = true;
    this.#settle();
  }

  /**
   * The peer has ended the link while the call that names the stream is unanswered. Its reader may
   * have done that, or its death.
   *
   * @param isPeerFirst - whether the link was still open at our end. If not, the peer may have done no
   *   more than answer our end.
   */
  hold(isPeerFirst: boolean): void {
    if (this.#isSettled || this.#held !== undefined) return;
    this.#held = { isPeerFirst };
    if (this.#waiting !== undefined) this.#limitHold(this.#held);
  }

  /** The call was answered, or has failed: now it is known whether the end of the link counts. */
  decide(naming: Naming): void {
    if (this.#held === undefined) return;
    if (naming === 'named') this.confirm();
    else if (naming === 'refused') this.lose(unconfirmed(this.#child.link.cause));
  }

  /** It can't be known any more. */
  lose(cause: unknown): void {
    if (this.#isSettled) return;
    this.#lostCause = cause;
    this.#settle();
  }

  /**
   * The link is closed. If both ends are ours, the confirmation travels on the main connection and
   * may come a little later. A Seastar confirms by ending its direction. While our
   * source is open, that counts once our reader has taken the end of stream, so nothing is lost yet.
   */
  onLinkClosed(): void {
    if (this.#isSettled || this.#held !== undefined) return;
    const { agreed, link, sourceState, parent } = this.#child;
    const lose = (): void => this.lose(unconfirmed(link.cause));
    if (agreed.capabilities.confirmations) {
      const { clock, limits } = parent.environment;
      this.#timer = clock.setTimeout(lose, limits.orphanTimeoutMs);
    } else if (!link.isPeerEnded || sourceState.phase !== 'open') lose();
  }

  /** Nobody waits for ever. */
  #limitHold({ isPeerFirst }: { readonly isPeerFirst: boolean }): void {
    if (this.#timer !== undefined) return;
    const { environment } = this.#child.parent;
    const limitMs = isPeerFirst ? HELD_MS : environment.limits.finishTimeoutMs;
    this.#timer = environment.clock.setTimeout(() => {
      if (isPeerFirst && this.#child.naming === 'calling') this.confirm();
      else this.lose(unconfirmed(this.#child.link.cause));
    }, limitMs);
  }

  #settle(): void {
    this.#isSettled = true;
    this.#timer?.cancel();
    if (this.#waiting !== undefined) this.#tell(this.#waiting);
    this.#onSettled();
  }

  #tell(waiting: Deferred): void {
    if (this.#isConfirmed) waiting.resolve();
    else waiting.reject(this.#lostCause);
  }
}

function unconfirmed(cause: unknown): ClosedError {
  return new ClosedError('the stream closed unconfirmed', 'remote', cause);
}
