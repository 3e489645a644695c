import { expect } from 'chai';

import { canFollow, parseVersion, type Version } from '../../../scripts/release/version.ts';

describe('scripts/release/version', () => {
  it('reads the three numbers of a version', () => {
    expect(parseVersion('0.2.10')).to.deep.equal([0, 2, 10]);
  });

  for (const text of ['', '1', '1.2', '1.2.3.4', 'v1.2.3', '01.2.3', '1.2.3-rc.1', '1.2.x']) {
    it(`takes "${text}" for no version`, () => {
      expect(parseVersion(text)).to.equal(undefined);
    });
  }

  const previous: Version = [1, 2, 3];
  for (const next of ['1.2.4', '1.3.0', '2.0.0']) {
    it(`lets ${next} follow 1.2.3`, () => {
      expect(canFollow(parseVersion(next) ?? previous, previous)).to.equal(true);
    });
  }

  for (const next of [
    '1.2.3',
    '1.2.2',
    '1.2.5',
    '1.1.0',
    '1.3.1',
    '1.4.0',
    '2.0.1',
    '2.1.0',
    '3.0.0',
    '0.2.4',
  ]) {
    it(`does not let ${next} follow 1.2.3`, () => {
      expect(canFollow(parseVersion(next) ?? [1, 2, 4], previous)).to.equal(false);
    });
  }
});
