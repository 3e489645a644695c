import { expect } from 'chai';

import { nearestName } from '../../lib/base/nearest-name.ts';

const NAMES = ['authorize', 'authenticate', 'host', 'port', 'connectTimeoutMs'];

describe('nearestName', () => {
  it('finds the name with up to two wrong letters, or other capitals', () => {
    expect(nearestName('authorise', NAMES)).to.equal('authorize');
    expect(nearestName('autenticate', NAMES)).to.equal('authenticate');
    expect(nearestName('HOST', NAMES)).to.equal('host');
    expect(nearestName('connecttimeout', NAMES)).to.equal('connectTimeoutMs');
  });

  it('finds the first of those that are as near', () => {
    expect(nearestName('ab', ['ac', 'ad'])).to.equal('ac');
  });

  it('finds none that is as far as the name is long, or three letters away', () => {
    expect(nearestName('p', ['q'])).to.equal(undefined);
    expect(nearestName('ab', ['xyb'])).to.equal(undefined);
    expect(nearestName('connecttimeou', NAMES)).to.equal(undefined);
    expect(nearestName('abcd', ['xyabcz'])).to.equal(undefined);
  });

  it('finds none where all are far', () => {
    for (const given of ['hostname', 'p', '', 'retries']) {
      expect(nearestName(given, NAMES)).to.equal(undefined);
    }
  });
});
