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

  it('finds none where all are far', () => {
    for (const given of ['hostname', 'p', '', 'retries']) {
      expect(nearestName(given, NAMES)).to.equal(undefined);
    }
  });
});
