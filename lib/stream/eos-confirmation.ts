import { Alarm } from '../base/alarm.ts';
import type { Clock } from '../base/clock.ts';
import { Deferred } from '../base/deferred.ts';

/** Whether the peer's reader has taken our end of stream. Settles once; the first word counts. */
export class EosConfirmation {
  readonly #alarm: Alarm;
  readonly #onSettled: () => void;
  #isSettled = false;
  #isConfirmed = false;
  #lostCause: unknown;
  #waiting: Deferred | undefined;

  constructor(clock: Clock, onSettled: () => void) {
    this.#alarm = new Alarm(clock);
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

  /** It will not be known unless it comes within `graceMs`. */
  loseAfter(graceMs: number, cause: () => unknown): void {
    if (!this.#isSettled) this.#alarm.set(graceMs, () => this.lose(cause()));
  }

  #settle(): void {
    this.#isSettled = true;
    this.#alarm.clear();
    if (this.#waiting !== undefined) this.#tell(this.#waiting);
    this.#onSettled();
  }

  #tell(waiting: Deferred): void {
    if (this.#isConfirmed) waiting.resolve();
    else waiting.reject(this.#lostCause);
  }
}
