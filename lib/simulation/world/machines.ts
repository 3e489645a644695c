import { MisuseError } from '../../errors/errors.ts';
import { Dice } from './dice.ts';
import { NodeLoop } from './node-loop.ts';
import type { Schedule } from './schedule.ts';

/** The dice of machines are others than those of the world, from the same seed. */
const OTHER_DICE = 2 ** 52;

/** Makes the loops of processes, with chance for code that asks Node for it. */
export class Machines {
  readonly #schedule: Schedule;
  readonly #chance: Dice;
  readonly #onFailure: (error: unknown) => void;

  constructor(seed: number, schedule: Schedule, onFailure: (error: unknown) => void) {
    this.#schedule = schedule;
    this.#chance = new Dice((seed + OTHER_DICE) % 2 ** 53);
    this.#onFailure = onFailure;
  }

  /** @param user - the one that it is for, in words. */
  makeLoop(user: string): NodeLoop {
    const refuse = (used: string): void => {
      this.#onFailure(new MisuseError(`${user} uses ${used}: no seed repeats what that does`));
    };
    return new NodeLoop(this.#schedule, { random: this.#chance.fork(), refuse });
  }
}
