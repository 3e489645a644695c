import { AsyncLocalStorage } from 'node:async_hooks';

import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';

/** Time and chance of a process in a world, for code that asks Node for them. */
export interface Machine {
  readonly clock: Clock;
  readonly random: Random;
  /** The code has used something that no seed repeats, for instance `fetch`. */
  refuse(used: string): void;
}

/** The first day of all worlds: the date at time 0 of a clock. */
const FIRST_DAY_MS = Date.UTC(2000, 0, 1);

/**
 * The machine of the code that runs. It goes with the code through awaits and timers, so that two
 * processes of a world are told apart, and all other code of Node's process keeps Node's own.
 */
const machines = new AsyncLocalStorage<Machine>();

/** The machine of the running code; undefined outside of worlds. */
export function currentMachine(): Machine | undefined {
  return machines.getStore();
}

/** Runs code on a machine. */
export function runOn<T>(machine: Machine, work: () => T): T {
  return machines.run(machine, work);
}

/** Runs code as if it were outside of all worlds. */
export function runOutside<T>(work: () => T): T {
  return machines.exit(work);
}

/** The date that a machine shows, in milliseconds. It starts with a whole number, as dates are. */
export function dateOf({ clock }: Machine): number {
  return FIRST_DAY_MS + Math.floor(clock.now());
}

/** A number by chance, from 0 up to and without 1. */
export function fractionOf({ random }: Machine): number {
  const bytes = random.bytes(7);
  return (bytes.readUIntBE(0, 6) * 32 + ((bytes[6] ?? 0) & 31)) / 2 ** 53;
}
