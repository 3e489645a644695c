import { types } from 'node:util';

import { OptionError } from '../errors/errors.ts';
import { nearestName } from './nearest-name.ts';
import { shownValue } from './shown-value.ts';

/**
 * Judges the value of an option. Returns the problem, for example `must be a function, not 5`, or
 * undefined. May throw if the value can't be read.
 */
export type OptionKind = (value: unknown) => string | undefined;

/** All options of an object by their names, with their kinds. */
export type OptionTable<O> = { readonly [K in keyof Required<O>]: OptionKind };

/**
 * The options as a plain object, read once each. Undefined ones are left out.
 *
 * @param group - the name of the option that holds them, for errors; undefined for the options of a
 * function.
 * @throws OptionError for an option that the table does not have or whose kind is wrong, and if an
 * option can't be read.
 */
export function readOptions<O extends object>(given: O, table: OptionTable<O>, group?: string): O {
  const prefix = group === undefined ? '' : `${group}.`;
  checkNames(given, Object.keys(table), group);
  const read: Record<string, unknown> = {};
  for (const [name, kindOf] of Object.entries<OptionKind>(table)) {
    const value = readMember(given, name, prefix);
    if (value === undefined) continue;
    const problem = problemWith(value, kindOf);
    if (problem !== undefined) throw new OptionError(prefix + name, problem);
    read[name] = value;
  }
  return read as O; // each member is one of the given
}

/** @throws OptionError unless the options are an object with none but these names. */
export function checkNames(given: object, names: readonly string[], group?: string): void {
  const prefix = group === undefined ? '' : `${group}.`;
  const unknown = namesOf(given, group).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const meant = nearestName(unknown, names);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  throw new OptionError(prefix + unknown, `there is no such option${hint}`);
}

/** One option's value, which may be a getter's or a proxy's. @throws OptionError if it can't be read. */
export function readMember(given: object, name: string, prefix: string): unknown {
  try {
    return (given as Record<string, unknown>)[name];
  } catch (error) {
    throw new OptionError(prefix + name, 'can not be read', error);
  }
}

/** Objects that hold what is meant, such as the options that were not awaited. */
export function isContainer(given: object): boolean {
  return Array.isArray(given) || types.isPromise(given) || types.isMap(given) || types.isSet(given);
}

function namesOf(given: unknown, group: string = 'options'): string[] {
  try {
    if (typeof given === 'object' && given !== null && !isContainer(given)) {
      return Object.keys(given);
    }
  } catch (error) {
    throw new OptionError(group, 'can not be read', error);
  }
  throw new OptionError(group, `must be an object, not ${shownValue(given)}`);
}

/** What is wrong with a value that should be of the kind; undefined if nothing is. Never throws. */
export function problemWith(value: unknown, kindOf: OptionKind): string | undefined {
  try {
    return kindOf(value);
  } catch {
    return `can not be read: it is ${shownValue(value)}`;
  }
}
