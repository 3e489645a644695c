import { expect } from 'chai';

import { callName, peerName } from '../../../lib/connection/link/peer-name.ts';

describe('peerName', () => {
  it('names a peer by its role and its address', () => {
    expect(peerName('client', { address: '192.0.2.1', port: 80 })).to.equal('client 192.0.2.1:80');
    expect(peerName('server', { address: '/run/s.sock', port: 0 })).to.equal(
      'server /run/s.sock:0',
    );
  });
});

describe('callName', () => {
  it('names a call behind its peer', () => {
    expect(callName('client 192.0.2.1:80', 7)).to.equal('client 192.0.2.1:80 msg_id 7');
  });
});
