import { expect } from 'chai';

import { ipPeer } from '../../../lib/transport/network/peer.ts';

describe('ipPeer', () => {
  it('keeps IPv4 and IPv6 addresses', () => {
    expect(ipPeer('10.0.0.1', 5, 'IPv4')).to.include({ address: '10.0.0.1', family: 'IPv4' });
    expect(ipPeer('fd00::1', 5, 'IPv6')).to.include({
      address: 'fd00::1',
      family: 'IPv6',
      port: 5,
    });
  });

  it('shows an IPv4 address mapped into IPv6 as what it is', () => {
    expect(ipPeer('::ffff:10.0.0.1', 5, 'IPv6')).to.include({
      address: '10.0.0.1',
      family: 'IPv4',
    });
    expect(ipPeer('::ffff:a00:1', 5, 'IPv6')).to.include({ address: '::ffff:a00:1' });
  });

  it('cannot be changed', () => {
    expect(ipPeer('10.0.0.1', 5)).to.be.frozen;
  });
});
