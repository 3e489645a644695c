import { checkBounds } from '../../base/bounds.ts';
import { checkNames, readMember } from '../../base/read-options.ts';
import type { Dice } from './dice.ts';

/** The quality of the way from one node to another. */
export interface PathConditions {
  /** Milliseconds that bytes are on their way. @default 1 */
  readonly latencyMs: number;
  /** Up to so many milliseconds more, by chance. @default 0 */
  readonly jitterMs: number;
  /** Bytes that pass in a millisecond, in each direction of a connection. @default Infinity */
  readonly bytesPerMs: number;
  /** Bytes that are on their way or unread, in each direction of a connection; further ones stay with the writer. @default 65_536 */
  readonly bufferBytes: number;
  /** The most bytes that arrive at once; where a piece ends is chance. @default Infinity: bytes arrive as they were written */
  readonly pieceBytes: number;
  /** The part of all attempts to connect that is refused, from 0 to 1. @default 0 */
  readonly refusals: number;
  /** Up to so many milliseconds, by chance, until a listener accepts a connection; at most a day. @default 0 */
  readonly acceptDelayMs: number;
}

export const DEFAULT_PATH: PathConditions = Object.freeze({
  latencyMs: 1,
  jitterMs: 0,
  bytesPerMs: Infinity,
  bufferBytes: 65_536,
  pieceBytes: Infinity,
  refusals: 0,
  acceptDelayMs: 0,
});

/** No buffer is longer. */
const MAX_PIECE_BYTES = 2 ** 32;

const BOUNDS = Object.freeze({
  latencyMs: { min: 0, isFractionAllowed: true },
  jitterMs: { min: 0, isFractionAllowed: true },
  bytesPerMs: { min: 1, isInfinityAllowed: true, isFractionAllowed: true },
  bufferBytes: { min: 1, isInfinityAllowed: true },
  pieceBytes: { min: 1, isInfinityAllowed: true },
  refusals: { min: 0, max: 1, isFractionAllowed: true },
  acceptDelayMs: { min: 0, max: 86_400_000, isFractionAllowed: true },
});

/** Puts the given conditions over others. @throws OptionError that names the one out of bounds. */
export function resolvePath(
  given: Partial<PathConditions>,
  over: PathConditions = DEFAULT_PATH,
): PathConditions {
  checkNames(given, Object.keys(BOUNDS), 'conditions');
  const path = { ...over };
  for (const name of Object.keys(BOUNDS) as (keyof PathConditions)[]) {
    const value = readMember(given, name, '');
    if (value === undefined) continue;
    checkBounds(name, value, BOUNDS[name]);
    path[name] = value;
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

  /** The bytes, as they arrive: whole, or in pieces. */
  pieces(bytes: Buffer): Buffer[] {
    const { pieceBytes } = this.#conditions;
    const pieces: Buffer[] = [];
    let rest = bytes;
    while (pieceBytes < Infinity && rest.length > 1) {
      const piece = rest.subarray(0, this.#dice.between(1, Math.min(pieceBytes, MAX_PIECE_BYTES)));
      pieces.push(piece);
      rest = rest.subarray(piece.length);
    }
    if (rest.length > 0) pieces.push(rest);
    return pieces;
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
