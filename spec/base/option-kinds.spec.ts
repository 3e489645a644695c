import { expect } from 'chai';
import { runInNewContext } from 'node:vm';

import {
  FUNCTIONS,
  having,
  numberWithin,
  SIGNAL,
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
});
