import { expect } from 'chai';

import { OptionError } from '../../../lib/errors/errors.ts';
import { resolveBsonOptions } from '../../../lib/serializer/bson/bson-options.ts';

describe('serializer/bson/bson-options', () => {
  it('E2 fills in the defaults', () => {
    for (const options of [
      {},
      { maxDepth: undefined, maxKeys: undefined, refuseKeys: undefined },
    ]) {
      expect(resolveBsonOptions(options)).to.include({ maxDepth: 100, maxKeys: 1_000_000 });
    }
    expect(Object.isFrozen(resolveBsonOptions({}))).to.equal(true);
  });

  it('E1-bson always refuses __proto__ and _bsontype', () => {
    const { refusedKeys } = resolveBsonOptions({ refuseKeys: ['constructor'] });
    for (const key of ['__proto__', '_bsontype', 'constructor']) {
      expect(refusedKeys.has(key)).to.equal(true);
    }
    expect(refusedKeys.has('prototype')).to.equal(false);
  });

  it('refuses no other names by default', () => {
    const { refusedKeys } = resolveBsonOptions({});
    const first = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) =>
      refusedKeys.mayHave(byte),
    );
    expect(first).to.deep.equal(['_'.charCodeAt(0)]);
  });

  it('says what the refused keys must be', () => {
    expect(() => resolveBsonOptions({ refuseKeys: 'text' as never })).to.throw(
      OptionError,
      'option refuseKeys: must be an array of up to 64 names, not "text"',
    );
    expect(() => resolveBsonOptions({ refuseKeys: ['\0'] })).to.throw(
      OptionError,
      'option refuseKeys: must be names without U+0000',
    );
  });

  for (const [option, accepted, refused] of [
    ['maxDepth', [1, 2, 999, 1000], [0, -1, 1001, 1.5, NaN, Infinity, '5']],
    ['maxKeys', [1, 16_777_215, 16_777_216], [0, 16_777_217, 0.5, NaN, '5']],
    ['refuseKeys', [[], ['a'], Array(64).fill('a')], [Array(65).fill('a'), ['\0'], [1], 'a']],
  ] as const) {
    it(`holds ${option} to its bounds`, () => {
      for (const value of accepted) {
        expect(() => resolveBsonOptions({ [option]: value })).to.not.throw();
      }
      for (const value of refused) {
        expect(() => resolveBsonOptions({ [option]: value }))
          .to.throw(OptionError)
          .that.includes({ option });
      }
    });
  }
});
