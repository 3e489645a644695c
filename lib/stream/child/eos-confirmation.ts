import type { Timer } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import { ClosedError } from '../../errors/errors.ts';
import type { EndingChild } from './child-facts.ts';

/**
 * Whether the peer's reader has taken our end of stream, after it was sent. Settles once; the first
 * word counts.
 */
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

  /** Whether the confirmation may still come. */
  get isPending(): boolean {
    return !this.#isSettled;
  }

  /** Whether anybody has asked for the confirmation. */
  get isAwaited(): boolean {
    return this.#waiting !== undefined;
  }

  /** Resolves when the confirmation comes, rejects when it can't come any more. */
  wait(): Promise<void> {
    this.#waiting ??= new Deferred();
    if (this.#isSettled) this.#tell(this.#waiting);
    return this.#waiting.promise;
  }

  /** The reader has taken the end of stream. */
  confirm(): void {
    if (this.#isSettled) return;
    this.#isConfirmed = true;
    this.#settle();
  }

  /** It can't be known any more. */
  lose(cause: unknown): void {
    if (this.#isSettled) return;
    this.#lostCause = cause;
    this.#settle();
  }

  /**
   * The link is closed. If both ends are ours, the confirmation travels on the main connection and
   * may come a little later. A Seastar confirms by ending the link; that counts if our reader finds
   * the end of stream before it.
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
