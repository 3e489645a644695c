import { expect } from 'chai';

import { isObjectName, isUncallableName } from '../../../lib/service/frame/local-names.ts';

describe('service/local-names', () => {
  for (const name of [
    'constructor',
    '__proto__',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'toJSON',
  ]) {
    it(`E1 passes over ${name}, which every object has`, () => {
      expect(isObjectName(name)).to.equal(true);
    });
  }

  it('takes names of functions and arrays for what they are: names', () => {
    for (const name of ['get', 'length', 'name', 'prototype', 'caller', 'map', 'inspect']) {
      expect(isObjectName(name), name).to.equal(false);
      expect(isUncallableName(name, true), name).to.equal(false);
    }
  });

  it('keeps what a promise is known by out of calls, at any depth', () => {
    expect(isUncallableName('then', false)).to.equal(true);
    expect(isUncallableName('then', true)).to.equal(true);
  });

  it('keeps what every function can do out of calls, where the client has a function', () => {
    for (const name of ['apply', 'bind', 'call']) {
      expect(isUncallableName(name, false), name).to.equal(false);
      expect(isUncallableName(name, true), name).to.equal(true);
    }
  });
});
