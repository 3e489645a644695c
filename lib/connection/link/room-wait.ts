import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';

/**
 * The waits for room of all senders of one writer. It adds up their time, and separates waits for
 * our own budget from waits for a kernel that takes nothing. It reads the clock when a wait begins
 * or ends, or when the kernel stops or resumes taking bytes during a wait. A sender that need not
 * wait costs nothing.
 */
export class RoomWait {
  readonly #clock: Clock;
  #waiting: Deferred | undefined;
  /** Whether the kernel takes no bytes. */
  #isBlocked = false;
  /** The time since when this is so. */
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

  /** The reason of the wait; undefined while no sender waits. */
  get waitsFor(): 'budget' | 'network' | undefined {
    if (this.#waiting === undefined) return undefined;
    return this.#isBlocked ? 'network' : 'budget';
  }

  /** Milliseconds in which senders waited although the kernel took bytes. */
  get budgetMs(): number {
    this.#count();
    return this.#budgetMs;
  }

  /** Milliseconds in which senders waited because the kernel took no bytes. */
  get networkMs(): number {
    this.#count();
    return this.#networkMs;
  }

  /** A sender waits. All senders get the same promise. */
  wait(isBlocked: boolean): Promise<void> {
    if (this.#waiting === undefined) {
      this.#waiting = new Deferred();
      this.#isBlocked = isBlocked;
      this.#since = this.#clock.now();
    }
    return this.#waiting.promise;
  }

  /** The kernel takes no bytes from now on, or takes them again. */
  setBlocked(isBlocked: boolean): void {
    this.#count();
    this.#isBlocked = isBlocked;
  }

  /** There is room now. */
  resolve(): void {
    this.#end()?.resolve();
  }

  /** There will be no room any more. */
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
