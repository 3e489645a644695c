import { type MakeCollector, systemCollector } from './collector.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Random, systemRandom } from './random.ts';

/** The sources of time, chance, and news of objects that nobody holds. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly collector: MakeCollector;
}

/** A stream that knows the surroundings of its client or server. */
interface Surrounded {
  readonly '~surroundings': Surroundings;
}

const MACHINE: Surroundings = Object.freeze({
  clock: systemClock,
  random: systemRandom(),
  collector: systemCollector,
});

/**
 * The surroundings of the client or server that one of these objects belongs to. If none of them
 * belongs to one, the machine's own.
 */
export function surroundingsOf(...met: readonly object[]): Surroundings {
  return met.find(isSurrounded)?.['~surroundings'] ?? MACHINE;
}

function isSurrounded(object: object): object is Surrounded {
  return '~surroundings' in object;
}
