import { expect } from 'chai';

import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import type { AcceptorOptions } from '../../../lib/call/door/acceptor-options.ts';
import { Doorkeeper } from '../../../lib/call/door/doorkeeper.ts';
import type { Peer } from '../../../lib/transport/transport.ts';

const REMOTE: Peer = { address: '10.0.0.1', port: 40_000, family: 'IPv4' };
const LOCAL: Peer = { address: '127.0.0.1', port: 40_000, family: 'IPv4' };

function doorkeeper(options: Partial<AcceptorOptions>, clock = new ManualClock()): Doorkeeper {
  return new Doorkeeper(clock, {
    maxConnections: 10,
    maxNegotiatingPerAddress: 10,
    handshakesPerSecond: 100,
    filterConnection: undefined,
    ...options,
  });
}

describe('call/doorkeeper', () => {
  it('E2 maxConnections lets in as many sockets as it says', () => {
    const door = doorkeeper({ maxConnections: 3 });
    expect(door.enter(REMOTE, 2)).to.equal(undefined);
    expect(door.enter(REMOTE, 3)).to.match(/maxConnections/);
    expect(door.enter(REMOTE, 4)).to.match(/maxConnections/);
  });

  it('E2 maxNegotiatingPerAddress counts each address for itself, until its sockets have negotiated', () => {
    const door = doorkeeper({ maxNegotiatingPerAddress: 2 });
    expect(door.enter(REMOTE, 0)).to.equal(undefined);
    expect(door.enter(REMOTE, 0)).to.equal(undefined);
    expect(door.enter(REMOTE, 0)).to.match(/maxNegotiatingPerAddress/);
    expect(door.enter(LOCAL, 0)).to.equal(undefined);
    door.leave(REMOTE);
    expect(door.enter(REMOTE, 0)).to.equal(undefined);
  });

  it('E1-floods turns an address away that connects too often, and lets it in again later', () => {
    const clock = new ManualClock();
    const door = doorkeeper({ handshakesPerSecond: 1 }, clock);
    for (let i = 0; i < 10; i++) {
      expect(door.enter(REMOTE, 0)).to.equal(undefined);
      door.leave(REMOTE);
    }
    expect(door.enter(REMOTE, 0)).to.match(/handshakesPerSecond/);
    clock.advance(10_000);
    expect(door.enter(REMOTE, 0)).to.equal(undefined);
  });

  it('E1-memory forgets addresses that were not seen for a while, whoever else keeps coming', () => {
    const clock = new ManualClock();
    const door = doorkeeper({}, clock);
    for (let i = 0; i < 100; i++) {
      for (const peer of [REMOTE, { ...REMOTE, address: `10.0.1.${i}` }]) {
        expect(door.enter(peer, 0)).to.equal(undefined);
        door.leave(peer);
      }
      clock.advance(4_000);
    }
    expect(door.addresses).to.be.below(10);
  });

  it('E1-floods does not count the handshakes of peers on this machine', () => {
    const door = doorkeeper({ handshakesPerSecond: 1 });
    for (let i = 0; i < 30; i++) {
      expect(door.enter(LOCAL, 0)).to.equal(undefined);
      door.leave(LOCAL);
    }
  });

  it('refuses what filterConnection refuses, and everybody when it throws', () => {
    const byAddress = doorkeeper({ filterConnection: (peer) => peer.address === LOCAL.address });
    expect(byAddress.enter(LOCAL, 0)).to.equal(undefined);
    expect(byAddress.enter(REMOTE, 0)).to.match(/filterConnection/);
    const broken = doorkeeper({
      filterConnection: () => {
        throw new Error('out of order');
      },
    });
    expect(broken.enter(LOCAL, 0)).to.match(/out of order/);
  });

  it('A2-server lets in on true and on nothing else that filterConnection may answer', async () => {
    const answers: unknown[] = [false, undefined, null, 0, 1, 'yes', {}, Promise.resolve(1)];
    for (const answer of answers) {
      const door = doorkeeper({ filterConnection: () => answer as boolean });
      expect(await door.enter(LOCAL, 0)).to.equal('filterConnection');
    }
    const open = doorkeeper({ filterConnection: () => Promise.resolve(true) });
    expect(await open.enter(LOCAL, 0)).to.equal(undefined);
  });

  it('A2-server counts a socket as negotiating while filterConnection makes up its mind', async () => {
    const filterConnection = (): Promise<boolean> => Promise.reject(new Error('out of order'));
    const door = doorkeeper({ filterConnection, maxNegotiatingPerAddress: 1 });
    const verdict = door.enter(REMOTE, 0);
    expect(door.enter(REMOTE, 0)).to.match(/maxNegotiatingPerAddress/);
    expect(await verdict).to.match(/out of order/);
    door.leave(REMOTE);
    expect(await door.enter(REMOTE, 0)).to.match(/out of order/);
  });
});
