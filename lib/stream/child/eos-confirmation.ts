import type { Timer } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import { ClosedError } from '../../errors/errors.ts';
import type { EndingChild } from './child-facts.ts';

/** Whether the peer's reader has taken our end of stream, once that was sent. Settles once; the first word counts. */
export class EosConfirmation {
  readonly #child: EndingChild;
  readonly #onSettled: () => void;
  #isSettled = false;
  #isConfirmed = false;
  #lostCause: unknown;
  #waiting: Deferred | undefined;
  #timer: Timer | undefined;

  constructor(child: EndingChild, onSettled: () => void) {
    this.#child = child;
    this.#onSettled = onSettled;
  }

  /** Whether it may still come. */
  get isPending(): boolean {
    return !this.#isSettled;
  }

  /** Whether somebody has asked for it. */
  get isAwaited(): boolean {
    return this.#waiting !== undefined;
  }

  /** Resolves when it comes, rejects when it can't any more. */
  wait(): Promise<void> {
    this.#waiting ??= new Deferred();
    if (this.#isSettled) this.#tell(this.#waiting);
    return this.#waiting.promise;
  }

  /** The reader has taken it. */
  confirm(): void {
    if (this.#isSettled) return;
    this.#isConfirmed = true;
    this.#settle();
  }

  /** It will not be known. */
  lose(cause: unknown): void {
    if (this.#isSettled) return;
    this.#lostCause = cause;
    this.#settle();
  }

  /**
   * The link is closed. Between two of us the confirmation travels on the main connection and may
   * come a little later; a Seastar's is its end of the link, which counts if our reader finds the
   * end of stream before it.
   */
  onLinkClosed(): void {
    if (this.#isSettled) return;
    const { agreed, link, sourceState, parent } = this.#child;
    const lose = (): void =>
      this.lose(new ClosedError('the stream closed unconfirmed', 'remote', link.cause));
    if (agreed.capabilities.confirmations) {
      const { clock, limits } = parent.environment;
      this.#timer = clock.setTimeout(lose, limits.orphanTimeoutMs);
    } else if (!link.isPeerEnded || sourceState.phase !== 'open') lose();
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
