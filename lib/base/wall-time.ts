import { types } from 'node:util';

/** Milliseconds since 1970, for times that somebody else has fixed. All other code takes a `Clock`. */
export function wallTime(): number {
  return Date.now();
}

/** The time of a Date or a number; undefined for anything else, and for a Date that is invalid. */
export function timeOf(value: unknown): number | undefined {
  const ms = types.isDate(value) ? value.getTime() : value;
  return typeof ms === 'number' && !Number.isNaN(ms) ? ms : undefined;
}
