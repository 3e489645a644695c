import type { Clock } from '../../base/clock.ts';
import { type TurnBudget, turnBudgetOf } from '../../base/turn-budget.ts';
import { YIELD_BYTES } from './flush-sizes.ts';

/** When the senders of one writer let other code of the process run. */
export class SenderTurns {
  readonly #turns: TurnBudget;
  readonly #onResume: () => void;
  #sentBytes = 0;
  #isYielding = false;

  /** @param onResume - called in the later turn that senders wait for. */
  constructor(clock: Clock, onResume: () => void) {
    this.#turns = turnBudgetOf(clock);
    this.#onResume = onResume;
  }

  /** Whether senders wait for a later turn. */
  get isYielding(): boolean {
    return this.#isYielding;
  }

  /** Counts an item. Returns whether its sender must yield. */
  spendOne(): boolean {
    const isSpent = this.#turns.spendOne();
    return isSpent || this.#sentBytes >= YIELD_BYTES;
  }

  /** Counts bytes that the socket was given. */
  addBytes(bytes: number): void {
    this.#sentBytes += bytes;
  }

  /** The socket was busy and is no more: other code has run meanwhile. */
  onDrain(): void {
    if (!this.#isYielding) this.#sentBytes = 0;
  }

  /** Calls `onResume` in a later turn, once for all that yield until then. */
  yield(): void {
    if (this.#isYielding) return;
    this.#isYielding = true;
    this.#turns.wait(() => {
      this.#isYielding = false;
      this.#sentBytes = 0;
      this.#onResume();
    });
  }
}
