import { expect } from 'chai';

import { isLocalPeer, isSamePeer } from '../../../lib/call/door/peer-identity.ts';
import type { Peer, TlsIdentity } from '../../../lib/transport/transport.ts';

function peer(address: string, fingerprint256?: string, family: Peer['family'] = 'IPv4'): Peer {
  const plain = { address, port: 4711, family };
  // Only the fingerprint tells certificates apart.
  return fingerprint256 === undefined
    ? plain
    : { ...plain, tls: { fingerprint256 } as TlsIdentity };
}

describe('call/peer-identity', () => {
  it('takes sockets from one address for one peer, whatever their ports', () => {
    expect(isSamePeer(peer('192.0.2.1'), { ...peer('192.0.2.1'), port: 1 })).to.equal(true);
    expect(isSamePeer(peer('192.0.2.1'), peer('192.0.2.2'))).to.equal(false);
  });

  it('tells peers of one address apart by their certificates', () => {
    const [a, b, none] = [peer('192.0.2.1', 'a'), peer('192.0.2.1', 'b'), peer('192.0.2.1')];
    expect(isSamePeer(a, { ...a, port: 1 })).to.equal(true);
    expect([isSamePeer(a, b), isSamePeer(a, none)]).to.deep.equal([false, false]);
  });

  it('knows the peers on this machine', () => {
    const local = [peer('127.0.0.1'), peer('::1'), peer('/run/a.sock', undefined, 'unix')];
    expect(local.map(isLocalPeer)).to.deep.equal([true, true, true]);
    expect(isLocalPeer(peer('anything', undefined, 'memory'))).to.equal(true);
    expect(isLocalPeer(peer('192.0.2.1'))).to.equal(false);
  });
});
