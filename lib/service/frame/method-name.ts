/**
 * Methods have names, verbs have numbers. A method's name consists of its service and its path in
 * it, such as `store/admin.compact`. Its verb is the first eight bytes of the name's SHA-256,
 * little endian, with the top bit set. This keeps it away from the small numbers that people choose
 * and from the verb of our main messages.
 */

import { createHash } from 'node:crypto';

import { shownValue } from '../../base/shown-value.ts';
import { MisuseError } from '../../errors/errors.ts';
import { isWellFormed } from '../../serializer/utf8.ts';

/** The most UTF-16 units of a service's name, and of each part of a path. */
export const MAX_NAME_LENGTH = 255;

const TOP_BIT = 1n << 63n;

/** The name that stands for a method in errors and logs, and in its verb's hash. */
export function methodName(service: string, path: string): string {
  return `${service}/${path}`;
}

/** The verb of the method of that name. */
export function methodVerb(name: string): bigint {
  return createHash('sha256').update(name, 'utf8').digest().readBigUInt64LE(0) | TOP_BIT;
}

/** @throws MisuseError unless it can be a service's name: text without `/`; dots are allowed. */
export function checkServiceName(name: string): void {
  checkName('service', name, '/');
}

/** @throws MisuseError unless it can be one part of a method's path: text without `.` and `/`. */
export function checkPathSegment(name: string): void {
  checkName('method', name, './');
}

function checkName(kind: string, name: string, separators: string): void {
  const problem = problemOf(name, separators);
  if (problem === undefined) return;
  throw new MisuseError(`a ${kind} can't be named ${shownValue(name)}: ${problem}`);
}

function problemOf(name: unknown, separators: string): string | undefined {
  if (typeof name !== 'string') return 'a name is a string';
  if (name === '') return 'a name is not empty';
  if (name.length > MAX_NAME_LENGTH) return `a name has at most ${MAX_NAME_LENGTH} characters`;
  if (!isWellFormed(name)) return 'it has a lone surrogate';
  for (const character of name) {
    if (separators.includes(character)) return `it contains "${character}"`;
    if (isControl(character)) return 'it contains a control character';
  }
  return undefined;
}

function isControl(character: string): boolean {
  return character < ' ' || (character >= '\u007f' && character <= '\u009f');
}
