/** The rate has settled when so many rounds on end were hardly faster than the one before them. */
const LEVEL_ROUNDS = 3;
const HARDLY = 1.05;

/** A rate that still rises after so many rounds is measured all the same, and said to do so. */
const MAX_ROUNDS = 12;

/** Judges a warm-up: whether its rounds still become faster, as code is compiled. */
export class Settling {
  #rounds = 0;
  /** The rate that the rounds since are compared with. */
  #mark = 0;
  #levelRounds = 0;

  /** Takes the rate of a round. */
  add(rate: number): void {
    this.#rounds++;
    this.#levelRounds++;
    if (rate <= this.#mark * HARDLY) return;
    this.#mark = rate;
    this.#levelRounds = 0;
  }

  get isSettled(): boolean {
    return this.#levelRounds >= LEVEL_ROUNDS;
  }

  /** Whether the warm-up ends. */
  get isOver(): boolean {
    return this.isSettled || this.#rounds >= MAX_ROUNDS;
  }
}
