import type { Clock } from './clock.ts';

/** Does something at the end of each turn of the loop in which that is asked for, once. */
export class TurnEnd {
  readonly #clock: Pick<Clock, 'defer'>;
  readonly #act: () => void;
  #isPlanned = false;

  constructor(clock: Pick<Clock, 'defer'>, act: () => void) {
    this.#clock = clock;
    this.#act = act;
  }

  plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#clock.defer(() => {
      this.#isPlanned = false;
      this.#act();
    });
  }
}
