import { medianCpuTaskMs } from '../compare/cpu-task.ts';
import { median } from './figure.ts';

/** By what share the fixed CPU task may take longer or shorter than it mostly did. */
const STRAY = 0.2;

/** A round beside which the machine strayed is done again, so many times at most. */
const MAX_REPEATS = 2;

/** What a round gave, and whether the machine was as fast as mostly before and after it. */
export interface PacedRound<T> {
  readonly outcome: T;
  readonly isSteady: boolean;
}

/** Watches how fast the machine is, by a fixed CPU task before each round and after it. */
export class Pace {
  readonly #timeTask: () => number;
  readonly #times: number[] = [];
  #last: number;

  /** @param timeTask - says how long the task takes now. */
  constructor(timeTask: () => number = medianCpuTaskMs) {
    this.#timeTask = timeTask;
    this.#last = this.#time();
  }

  /** Does a round, and does it again while the machine strays. */
  async run<T>(round: () => Promise<T>): Promise<PacedRound<T>> {
    for (let repeats = 0; ; repeats++) {
      const before = this.#last;
      const outcome = await round();
      this.#last = this.#time();
      const isSteady = this.#isUsual(before) && this.#isUsual(this.#last);
      if (isSteady || repeats === MAX_REPEATS) return { outcome, isSteady };
    }
  }

  #time(): number {
    const time = this.#timeTask();
    this.#times.push(time);
    return time;
  }

  #isUsual(time: number): boolean {
    const usual = median(this.#times);
    return time <= usual * (1 + STRAY) && usual <= time * (1 + STRAY);
  }
}
