import { expect } from 'chai';

import { DEFAULT_COMPATIBILITY, SEASTAR_COMPATIBILITY } from '../../lib/settings/compatibility.ts';
import { seastar } from '../../lib/api/presets.ts';

describe('connection/compatibility', () => {
  it('does better than Seastar by default, and as Seastar does in its preset', () => {
    expect(Object.values(DEFAULT_COMPATIBILITY)).to.not.include(true);
    expect(Object.values(SEASTAR_COMPATIBILITY)).to.not.include(false);
    expect(Object.keys(SEASTAR_COMPATIBILITY)).to.deep.equal(Object.keys(DEFAULT_COMPATIBILITY));
    expect(seastar.client.compatibility).to.equal(SEASTAR_COMPATIBILITY);
    expect(seastar.server.compatibility).to.equal(SEASTAR_COMPATIBILITY);
  });

  it('cannot be changed behind the back of its users', () => {
    expect(DEFAULT_COMPATIBILITY).to.be.frozen;
    expect(SEASTAR_COMPATIBILITY).to.be.frozen;
  });
});
