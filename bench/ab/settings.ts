import { fitStreams } from '../support/open-files.ts';
import { QUICK, type Settings } from '../support/settings.ts';
import type { RoundCounts } from './decide.ts';

/** How long and how often everything is measured. */
export interface AbSettings extends Settings, RoundCounts {
  /** CPU time that server and client of a side have taken, together, before anything counts. */
  readonly warmUpCpuMs: number;
}

/** With fewer rounds no interval has a confidence of 95 %. */
const MIN_ROUNDS = 5;

/** So many times as many rounds while a figure is undecided. */
const MAX_FACTOR = 3;

/** To decide about 3 % on a quiet machine. */
export const FULL_AB: AbSettings = {
  ...QUICK,
  totalSeconds: Infinity,
  rounds: 9,
  maxRounds: 9 * MAX_FACTOR,
  roundSeconds: 0.5,
  warmUpCpuMs: 2_000,
  pacedCalls: 300,
  heldStreams: fitStreams(1_000),
};

/** For a look. */
export const QUICK_AB: AbSettings = {
  ...FULL_AB,
  rounds: MIN_ROUNDS,
  maxRounds: MIN_ROUNDS * MAX_FACTOR,
  roundSeconds: 0.2,
  warmUpCpuMs: 1_000,
  pacedCalls: 150,
  heldStreams: fitStreams(500),
};

/**
 * The settings with what was asked for in their place. @throws RangeError if that is too little.
 *
 * @param rounds - as the command line has it, as have the seconds that each side has in a round.
 */
export function adjust(
  settings: AbSettings,
  rounds: string | undefined,
  seconds: string | undefined,
): AbSettings {
  const count = rounds === undefined ? settings.rounds : Number(rounds);
  const roundSeconds = seconds === undefined ? settings.roundSeconds : Number(seconds);
  if (!Number.isInteger(count) || count < MIN_ROUNDS) {
    throw new RangeError(`--rounds is a whole number from ${MIN_ROUNDS} on, not ${rounds}`);
  }
  if (!(roundSeconds > 0)) throw new RangeError(`--seconds is above 0, not ${seconds}`);
  return { ...settings, rounds: count, maxRounds: count * MAX_FACTOR, roundSeconds };
}
