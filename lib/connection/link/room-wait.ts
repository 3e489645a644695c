import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';

/**
 * The wait for room of all senders of one writer, again and again. It adds up for how long that was, and
 * tells our own budget from a kernel that takes nothing. The clock is read when a wait begins or ends, or
 * when the kernel stops or goes on taking bytes meanwhile; a sender that need not wait costs nothing.
 */
export class RoomWait {
  readonly #clock: Clock;
  #waiting: Deferred | undefined;
  /** Whether the kernel takes nothing. */
  #isBlocked = false;
  /** Since when it is so. */
  #since = 0;
  #budgetMs = 0;
  #networkMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a sender waits. */
  get isAwaited(): boolean {
    return this.#waiting !== undefined;
  }

  /** The reason of the wait; undefined while nobody waits. */
  get waitsFor(): 'budget' | 'network' | undefined {
    if (this.#waiting === undefined) return undefined;
    return this.#isBlocked ? 'network' : 'budget';
  }

  /** Milliseconds in which senders waited though the kernel took bytes. */
  get budgetMs(): number {
    this.#count();
    return this.#budgetMs;
  }

  /** Milliseconds in which senders waited because the kernel took nothing. */
  get networkMs(): number {
    this.#count();
    return this.#networkMs;
  }

  /** A sender waits; all of them get the same promise. */
  wait(isBlocked: boolean): Promise<void> {
    if (this.#waiting === undefined) {
      this.#waiting = new Deferred();
      this.#isBlocked = isBlocked;
      this.#since = this.#clock.now();
    }
    return this.#waiting.promise;
  }

  /** The kernel takes nothing from now on, or takes bytes again. */
  setBlocked(isBlocked: boolean): void {
    this.#count();
    this.#isBlocked = isBlocked;
  }

  /** There is room. */
  resolve(): void {
    this.#end()?.resolve();
  }

  /** There will be no room. */
  reject(cause: unknown): void {
    this.#end()?.reject(cause);
  }

  #end(): Deferred | undefined {
    this.#count();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }

  #count(): void {
    if (this.#waiting === undefined) return;
    const now = this.#clock.now();
    if (this.#isBlocked) this.#networkMs += now - this.#since;
    else this.#budgetMs += now - this.#since;
    this.#since = now;
  }
}
