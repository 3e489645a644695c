/** Kinds of options that many functions take. */

import { type Bounds, boundsProblem } from './bounds.ts';
import { isContainer, type OptionKind } from './read-options.ts';
import { isClass, shownValue } from './shown-value.ts';

/** A value for which the test holds. @param takes - what it takes, in words. */
export function kind(takes: string, test: (value: unknown) => boolean): OptionKind {
  return (value) => (test(value) ? undefined : `must be ${takes}, not ${shownValue(value)}`);
}

/** An object with these methods. */
export function having(takes: string, methods: readonly string[]): OptionKind {
  return kind(takes, (value) => hasMethods(value, methods));
}

/** An array, each member of which is of a kind. */
export function listOf(takes: string, member: OptionKind): OptionKind {
  return (value) => {
    if (!Array.isArray(value)) return `must be ${takes}, not ${shownValue(value)}`;
    const problems = value.map((each) => member(each));
    const index = problems.findIndex((problem) => problem !== undefined);
    return index < 0 ? undefined : `must be ${takes}, but member ${index} ${problems[index]}`;
  };
}

/** A number within bounds. */
export function numberWithin(bounds: Bounds): OptionKind {
  return (value) => boundsProblem(value, bounds);
}

/** An option that others have and we have not. @param problem - what to do instead. */
export function unavailable(problem: string): OptionKind {
  return () => problem;
}

/** A value that is judged elsewhere, or may be anything. */
export const ANY: OptionKind = () => undefined;

export const TEXT: OptionKind = kind('a string', (value) => typeof value === 'string');

export const BIGINT: OptionKind = kind('a bigint', (value) => typeof value === 'bigint');

export const FLAG: OptionKind = kind('true or false', (value) => typeof value === 'boolean');

/** A function that can be called; a class can not. */
export const FUNCTION: OptionKind = kind(
  'a function',
  (value) => typeof value === 'function' && !isClass(value),
);

export const OBJECT: OptionKind = kind(
  'an object',
  (value) => isObject(value) && !isContainer(value as object),
);

/** The bytes of a file's name, as the file system takes them. */
export const FILE_PATH: OptionKind = (value) => {
  if (typeof value !== 'string') return `must be a string, not ${shownValue(value)}`;
  if (value === '') return 'must not be empty';
  return value.includes('\0') ? 'must not contain U+0000' : undefined;
};

export const TEXTS: OptionKind = listOf('an array of strings', TEXT);

export const FUNCTIONS: OptionKind = listOf('an array of functions', FUNCTION);

/** Also one of another realm. */
export const SIGNAL: OptionKind = kind(
  'an AbortSignal',
  (value) => hasMethods(value, ['addEventListener']) && 'aborted' in (value as object),
);

export const CLOCK: OptionKind = having('a Clock', ['now', 'setTimeout']);

/** Milliseconds until a wait is given up; below 0 they are over already. */
export const TIMEOUT: OptionKind = kind(
  'a number of milliseconds',
  (value) => typeof value === 'number' && !Number.isNaN(value),
);

function hasMethods(value: unknown, methods: readonly string[]): boolean {
  const holder = value as Record<string, unknown>;
  return isObject(value) && methods.every((name) => typeof holder[name] === 'function');
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
