import { expect } from 'chai';

import { shownValue } from '../../lib/base/shown-value.ts';

describe('shownValue', () => {
  it('tells plain values as they are, and texts in quotes', () => {
    const shown = [5, NaN, true, undefined, null, 7n, 'lz4', 'a "b"\n'].map(shownValue);
    expect(shown).to.deep.equal([
      '5',
      'NaN',
      'true',
      'undefined',
      'null',
      '7n',
      '"lz4"',
      '"a \\"b\\"\\n"',
    ]);
  });

  it('tells the kind of anything else', () => {
    const values = [[], {}, new AbortController(), new Map(), Symbol('s'), () => 1, class {}];
    expect(values.map(shownValue)).to.deep.equal([
      'an array',
      'an object',
      'an AbortController',
      'a Map',
      'a symbol',
      'a function',
      'a class',
    ]);
  });

  it('cuts long texts', () => {
    expect(shownValue('x'.repeat(1_000))).to.have.lengthOf.below(80);
    expect(shownValue(10n ** 1_000n)).to.have.lengthOf.below(80);
  });

  it('does not throw for what can not be read', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    const callable = Proxy.revocable(() => 1, {});
    revoke();
    callable.revoke();
    const bare: object = Object.create(null) as object;
    expect([proxy, callable.proxy, bare].map(shownValue)).to.deep.equal([
      'an object',
      'a function',
      'an object',
    ]);
  });

  it('shows an object without a name as an object, and a function by how it begins', () => {
    const nameless = class {};
    Object.defineProperty(nameless, 'name', { value: '' });
    const numbered = class {};
    Object.defineProperty(numbered, 'name', { value: 7 });
    for (const value of [new nameless(), new numbered(), Object.create(null)]) {
      expect(shownValue(value)).to.equal('an object');
    }
    expect(shownValue(() => class {})).to.equal('a function');
  });
});
