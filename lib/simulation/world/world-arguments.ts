/** What the functions of a world take. */

import { kind, numberWithin, TEXT, TIMEOUT } from '../../base/option-kinds.ts';
import { checkArgument } from '../../base/public-function.ts';
import type { OptionKind, OptionTable } from '../../base/read-options.ts';
import { MisuseError } from '../../errors/errors.ts';
import type { Direction } from './connection.ts';

/**
 * How a node crashes. `process` ends the process: its system ends the connections, and peers learn of it
 * at once. `machine` takes the system with it: peers hear nothing any more.
 */
export type CrashKind = 'process' | 'machine';

export const CRASH_OPTIONS: OptionTable<{ readonly kind?: CrashKind | undefined }> = Object.freeze({
  kind: oneOf<CrashKind>('process', 'machine'),
});

export const DIRECTION: OptionKind = oneOf<Direction>('toDialer', 'toListener', 'both');

/** A length of time that passes for certain. */
export const DURATION: OptionKind = numberWithin({ min: 0, isFractionAllowed: true });

export const INDEX: OptionKind = numberWithin({ min: 0 });

/** The two nodes of a way. */
export const PAIR: OptionKind = kind(
  'the names of two nodes',
  (value) => Array.isArray(value) && value.length === 2,
);

/** It stands in hosts, in keys and in lines of the trace. */
const NODE_NAME: OptionKind = kind(
  'a string without white space and colons',
  (value) => typeof value === 'string' && /^[^\s:]+$/u.test(value),
);

/** @throws MisuseError unless a node can have the name. */
export function checkNodeName(name: unknown): void {
  checkArgument('node', 'name', name, TEXT);
  checkArgument('node', 'name', name, NODE_NAME);
}

/** @throws MisuseError unless these are two nodes. */
export function checkApart(caller: string, one: string, other: string): void {
  if (one === other) throw new MisuseError(`${caller}: ${one} and ${other} are the same node`);
}

/** Sleeps of a world and of its processes take a time below 0 for over, and Infinity for never. */
export function sleepOn(
  clock: { setTimeout(callback: () => void, ms: number): unknown },
  ms: number,
): Promise<void> {
  checkArgument('sleep', 'ms', ms, TIMEOUT);
  return new Promise((resolve) => void clock.setTimeout(resolve, ms));
}

function oneOf<T extends string>(...values: readonly T[]): OptionKind {
  const takes = values.map((value) => `'${value}'`);
  const words = `${takes.slice(0, -1).join(', ')} or ${takes.at(-1)}`;
  return kind(words, (value) => values.includes(value as T));
}
