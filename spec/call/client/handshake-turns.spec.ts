import { expect } from 'chai';

import { HandshakeTurns } from '../../../lib/call/client/handshake-turns.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';

describe('HandshakeTurns', () => {
  it('lets a number of handshakes begin at once, and more when one is over, in order', async () => {
    const handshakes = new HandshakeTurns(2);
    expect([handshakes.enter([]), handshakes.enter([])]).to.deep.equal([undefined, undefined]);
    const later = [1, 2].map(() =>
      follow(handshakes.enter([]) ?? Promise.reject(new Error('now'))),
    );
    await turns(1);
    expect(later.map(({ outcome }) => outcome)).to.deep.equal([undefined, undefined]);
    handshakes.leave();
    await turns(1);
    expect(later.map(({ outcome }) => outcome)).to.deep.equal([{ value: undefined }, undefined]);
    for (let count = 0; count < 3; count++) handshakes.leave();
    await turns(1);
    expect(handshakes.enter([]), 'all are over').to.equal(undefined);
  });

  it('gives up a wait when a signal fires, and its turn goes to the next', async () => {
    const handshakes = new HandshakeTurns(1);
    void handshakes.enter([]);
    const cancel = new AbortController();
    const waiting = handshakes.enter([new AbortController().signal, cancel.signal]);
    const next = follow(handshakes.enter([]) ?? Promise.reject(new Error('now')));
    const reason = new Error('not wanted');
    cancel.abort(reason);
    expect(await rejectionOf(waiting ?? Promise.resolve(), Error)).to.equal(reason);
    const late = handshakes.enter([cancel.signal]) ?? Promise.resolve();
    expect(await rejectionOf(late, Error), 'it has fired before').to.equal(reason);
    handshakes.leave();
    await turns(1);
    expect(next.outcome).to.deep.equal({ value: undefined });
  });

  it('ignores a signal that fires when the turn has come', async () => {
    const handshakes = new HandshakeTurns(1);
    void handshakes.enter([]);
    const cancel = new AbortController();
    const waiting = handshakes.enter([cancel.signal]);
    handshakes.leave();
    cancel.abort(new Error('late'));
    await waiting;
    handshakes.leave();
    expect(handshakes.enter([])).to.equal(undefined);
  });
});
