import type { Clock } from './clock.ts';

/** Milliseconds that items may take of one turn of the loop. Then all else gets its turn. */
export const TURN_MS = 3;

/** The clock is read once in so many items; sooner where so many took longer than a turn may. */
const MAX_STRIDE = 64;

const BUDGETS = new WeakMap<Clock, TurnBudget>();

/** The budget that all share that have this clock: with the machine's clock, the whole process. */
export function turnBudgetOf(clock: Clock): TurnBudget {
  let budget = BUDGETS.get(clock);
  if (budget === undefined) {
    budget = new TurnBudget(clock);
    BUDGETS.set(clock, budget);
  }
  return budget;
}

/**
 * Shares the turns of the loop among all that sends and reads items. A producer whose items are always
 * ready, or a reader whose items have all come, would otherwise hold the loop as long as they last.
 * Senders and readers count their items here, and wait for the next turn when the time of this one is
 * spent. It learns of turns only while it has planned one: a setImmediate for each turn would cost too
 * much. So the time of a turn counts from the first look that finds the last known turn long ago.
 */
export class TurnBudget {
  readonly #clock: Clock;
  /** In the order in which they have begun to wait. */
  #waiting: (() => void)[] = [];
  /** Items until the clock is read. */
  #untilLook = MAX_STRIDE;
  /** About as many items as a turn has time for. */
  #stride = MAX_STRIDE;
  #lookedAt: number;
  #turnBeganAt: number;
  #isSpent = false;
  #isTurnPlanned = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lookedAt = clock.now();
    this.#turnBeganAt = this.#lookedAt;
  }

  /** Counts items, the next ones of any stream. True if the time of this turn is spent: `wait` then. */
  spend(items: number): boolean {
    if ((this.#untilLook -= items) <= 0) this.#look();
    return this.#isSpent;
  }

  /** As `spend(1)`, in as little code as it takes: it is inlined into each send (`stream.down.64B.batch`). */
  spendOne(): boolean {
    if (--this.#untilLook <= 0) this.#look();
    return this.#isSpent;
  }

  /** Calls back in a later turn, as many in one as it is likely to have time for. */
  wait(callback: () => void): void {
    this.#waiting.push(callback);
    this.#planTurn();
  }

  /** A promise of the value: fulfilled at once, or in a later turn if the time of this one is spent. */
  pass<T>(value: T, items: number): Promise<T> {
    return this.spend(items) ? this.#passLater(value) : Promise.resolve(value);
  }

  /** Apart, as a function with a closure in it would make a context for each value. */
  #passLater<T>(value: T): Promise<T> {
    return new Promise((resolve) => this.wait(() => resolve(value)));
  }

  #look(): void {
    const now = this.#clock.now();
    const perTurn = (this.#stride * TURN_MS) / (now - this.#lookedAt);
    this.#stride = Math.max(1, Math.floor(Math.min(perTurn, 2 * this.#stride, MAX_STRIDE)));
    this.#untilLook = this.#stride;
    this.#lookedAt = now;
    if (now - this.#turnBeganAt < TURN_MS) return;
    if (this.#isTurnPlanned) {
      this.#isSpent = true;
      return;
    }
    // The loop may have turned meanwhile, or stood idle.
    this.#turnBeganAt = now;
    this.#planTurn();
  }

  #planTurn(): void {
    if (this.#isTurnPlanned) return;
    this.#isTurnPlanned = true;
    this.#clock.yield(() => this.#beginTurn());
  }

  #beginTurn(): void {
    const wasSpent = this.#isSpent;
    this.#isTurnPlanned = false;
    this.#isSpent = false;
    this.#turnBeganAt = this.#clock.now();
    this.#lookedAt = this.#turnBeganAt;
    this.#untilLook = this.#stride;
    for (const callback of this.#waiting.splice(0, this.#stride)) callback();
    if (wasSpent || this.#waiting.length > 0) this.#planTurn();
  }
}
