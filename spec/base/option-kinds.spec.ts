import { expect } from 'chai';
import { runInNewContext } from 'node:vm';

import {
  BIGINT,
  CLOCK,
  FILE_PATH,
  FLAG,
  FUNCTION,
  FUNCTIONS,
  having,
  numberWithin,
  OBJECT,
  SIGNAL,
  TEXT,
  TEXTS,
  TIMEOUT,
  unavailable,
} from '../../lib/base/option-kinds.ts';

describe('kinds of options', () => {
  it('take objects that have the methods, whatever their class', () => {
    const kind = having('a Map', ['get', 'set']);
    expect(kind(new Map())).to.equal(undefined);
    expect(kind({ get: () => 1, set: () => 2 })).to.equal(undefined);
    expect(kind({ get: () => 1 })).to.equal('must be a Map, not an object');
    expect(kind(() => {})).to.equal('must be a Map, not a function');
  });

  it('take signals and not their controllers', () => {
    expect(SIGNAL(new AbortController().signal)).to.equal(undefined);
    expect(SIGNAL(new AbortController())).to.equal(
      'must be an AbortSignal, not an AbortController',
    );
    expect(SIGNAL(new EventTarget())).to.equal('must be an AbortSignal, not an EventTarget');
  });

  it('take lists of their members, also of another realm', () => {
    expect(FUNCTIONS([])).to.equal(undefined);
    expect(FUNCTIONS(runInNewContext('[() => 1]'))).to.equal(undefined);
    expect(FUNCTIONS(() => {})).to.equal('must be an array of functions, not a function');
    expect(FUNCTIONS([() => 1, 5])).to.equal(
      'must be an array of functions, but member 1 must be a function, not 5',
    );
    expect(TEXTS([5])).to.equal(
      'must be an array of strings, but member 0 must be a string, not 5',
    );
    expect(TEXTS('text')).to.equal('must be an array of strings, not "text"');
  });

  it('take times of any length, but not NaN and no text', () => {
    for (const ms of [-1, 0, 0.5, Infinity]) expect(TIMEOUT(ms)).to.equal(undefined);
    expect(TIMEOUT(NaN)).to.equal('must be a number of milliseconds, not NaN');
    expect(TIMEOUT('5')).to.equal('must be a number of milliseconds, not "5"');
  });

  it('take numbers within bounds', () => {
    const kind = numberWithin({ min: 1, max: 3 });
    expect(kind(3)).to.equal(undefined);
    expect(kind(4)).to.equal('must be a whole number from 1 to 3, not 4');
  });

  it('say what to do instead of an option that is not there', () => {
    expect(unavailable('give another')(1)).to.equal('give another');
  });

  it('take paths that a file can have', () => {
    expect(FILE_PATH('a/b')).to.equal(undefined);
    expect(FILE_PATH('')).to.equal('must not be empty');
    expect(FILE_PATH('a\0b')).to.equal('must not contain U+0000');
    expect(FILE_PATH(5)).to.equal('must be a string, not 5');
  });

  it('say what they take, and take nothing else', () => {
    for (const [kind, good, takes] of [
      [TEXT, ['', 'text'], 'a string'],
      [FLAG, [true, false], 'true or false'],
      [BIGINT, [0n, 7n], 'a bigint'],
      [FUNCTION, [() => 1], 'a function'],
      [OBJECT, [{}, { size: 1 }], 'an object'],
      [CLOCK, [{ now: () => 1, setTimeout: () => 1 }], 'a Clock'],
      [SIGNAL, [new AbortController().signal], 'an AbortSignal'],
    ] as const) {
      const bad = [5, null, [], Symbol('x'), { now: () => 1 }, { setTimeout: () => 1 }, ''];
      for (const value of good) expect(kind(value)).to.equal(undefined);
      for (const value of bad.filter((each) => !fits(takes, each))) {
        expect(kind(value)).to.match(new RegExp(`^must be ${takes}, not `));
      }
    }
    expect(SIGNAL({ aborted: false })).to.equal('must be an AbortSignal, not an object');
  });
});

function fits(takes: string, value: unknown): boolean {
  if (takes === 'a string') return typeof value === 'string';
  return (
    takes === 'an object' && typeof value === 'object' && value !== null && !Array.isArray(value)
  );
}
