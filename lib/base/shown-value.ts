import { cutText } from './cut-text.ts';

const MAX_BYTES = 64;

/**
 * A value in a few words, for the message of an error: `"lz4"`, `5`, `an AbortController`, `a
 * function`. The value may be anything at all. Never throws.
 */
export function shownValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(cutText(value, MAX_BYTES));
    case 'bigint':
      return `${cutText(String(value), MAX_BYTES)}n`;
    case 'symbol':
      return 'a symbol';
    case 'function':
      return isClass(value) ? 'a class' : 'a function';
    case 'object':
      return value === null ? 'null' : shownObject(value);
    default:
      return String(value);
  }
}

/** Whether it is a class, which can't be called. Never throws. */
export function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(sourceOf(value));
}

function shownObject(value: object): string {
  try {
    if (Array.isArray(value)) return 'an array';
    const name: unknown = value.constructor.name;
    if (typeof name !== 'string' || name === '' || name === 'Object') return 'an object';
    return `${/^[AEIOU]/i.test(name) ? 'an' : 'a'} ${cutText(name, MAX_BYTES)}`;
  } catch {
    // It has no constructor, or none that can be read.
    return 'an object';
  }
}

function sourceOf(value: unknown): string {
  try {
    return Function.prototype.toString.call(value);
  } catch {
    return '';
  }
}
