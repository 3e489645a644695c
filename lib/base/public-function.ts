/**
 * Public functions judge what they are given before they do anything. Their errors say which
 * function it was, which argument or option, what it takes, and what it got.
 */

import { MisuseError, OptionError } from '../errors/errors.ts';
import { isInstance } from '../errors/foreign.ts';
import { prefixMessage } from '../errors/prefix-message.ts';
import { type OptionKind, type OptionTable, problemWith, readOptions } from './read-options.ts';

/**
 * Reads the options of a public function, as {@link readOptions} does.
 *
 * @throws OptionError that names the function and the option.
 */
export function optionsOf<O extends object>(caller: string, given: O, table: OptionTable<O>): O {
  try {
    return readOptions(given, table);
  } catch (error) {
    throw namingCaller(caller, error);
  }
}

/** Runs a part of a public function that judges its options. An OptionError names the function. */
export function judgedBy<T>(caller: string, judge: () => T): T {
  try {
    return judge();
  } catch (error) {
    throw namingCaller(caller, error);
  }
}

/** @throws MisuseError that names the function and the argument, unless the value is of the kind. */
export function checkArgument(
  caller: string,
  argument: string,
  value: unknown,
  kindOf: OptionKind,
): void {
  const problem = problemWith(value, kindOf);
  if (problem !== undefined) throw new MisuseError(`${caller}: ${argument} ${problem}`);
}

function namingCaller(caller: string, error: unknown): unknown {
  return isInstance(error, OptionError) ? prefixMessage(error, caller) : error;
}
