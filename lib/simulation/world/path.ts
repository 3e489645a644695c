import { checkBounds } from '../../base/bounds.ts';
import type { Dice } from './dice.ts';

/** The quality of the way from one node to another. */
export interface PathConditions {
  /** Milliseconds that bytes are on their way. @default 1 */
  readonly latencyMs: number;
  /** Up to so many milliseconds more, by chance. @default 0 */
  readonly jitterMs: number;
  /** Bytes that pass in a millisecond, on each connection. @default Infinity */
  readonly bytesPerMs: number;
  /** Bytes that are on their way or unread, on each connection; further ones stay with the writer. @default 65_536 */
  readonly bufferBytes: number;
  /** The part of all attempts to connect that is refused, from 0 to 1. @default 0 */
  readonly refusals: number;
  /** Up to so many milliseconds, by chance, until a listener accepts a connection. @default 0 */
  readonly acceptDelayMs: number;
}

export const DEFAULT_PATH: PathConditions = Object.freeze({
  latencyMs: 1,
  jitterMs: 0,
  bytesPerMs: Infinity,
  bufferBytes: 65_536,
  refusals: 0,
  acceptDelayMs: 0,
});

const BOUNDS = Object.freeze({
  latencyMs: { min: 0, isFractionAllowed: true },
  jitterMs: { min: 0, isFractionAllowed: true },
  bytesPerMs: { min: 1, isInfinityAllowed: true, isFractionAllowed: true },
  bufferBytes: { min: 1, isInfinityAllowed: true },
  refusals: { min: 0, max: 1, isFractionAllowed: true },
  acceptDelayMs: { min: 0, isFractionAllowed: true },
});

/** Puts the given conditions over others. @throws OptionError that names the one out of bounds. */
export function resolvePath(
  given: Partial<PathConditions>,
  over: PathConditions = DEFAULT_PATH,
): PathConditions {
  const path = { ...over, ...given };
  for (const name of Object.keys(BOUNDS) as (keyof PathConditions)[]) {
    checkBounds(name, path[name], BOUNDS[name]);
  }
  return Object.freeze(path);
}

/** The time of one direction of a connection: bytes wait for those before them, then travel. */
export class Travel {
  readonly #conditions: PathConditions;
  readonly #dice: Dice;
  readonly #now: () => number;
  #busyUntilMs = 0;

  constructor(conditions: PathConditions, dice: Dice, now: () => number) {
    this.#conditions = conditions;
    this.#dice = dice;
    this.#now = now;
  }

  /** Milliseconds until bytes arrive that are sent now. */
  ms(bytes: number): number {
    const nowMs = this.#now();
    const { bytesPerMs } = this.#conditions;
    this.#busyUntilMs = Math.max(this.#busyUntilMs, nowMs) + bytes / bytesPerMs;
    return this.#busyUntilMs - nowMs + travelMs(this.#conditions, this.#dice);
  }
}

/** Milliseconds that a packet without bytes is on its way. */
export function travelMs({ latencyMs, jitterMs }: PathConditions, dice: Dice): number {
  return jitterMs === 0 ? latencyMs : latencyMs + (dice.below(1_000) / 1_000) * jitterMs;
}
