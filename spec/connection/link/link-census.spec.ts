import { expect } from 'chai';

import { LinkCensus } from '../../../lib/connection/link/link-census.ts';
import { Link } from '../../../lib/connection/link/link.ts';
import { ScriptedSocket } from '../../support/scripted-socket.ts';
import { follow } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';
import { testEnvironment } from '../../support/test-environment.ts';

function open(census: LinkCensus): ScriptedSocket {
  const socket = new ScriptedSocket();
  const link = new Link(socket, testEnvironment(), 1_000);
  link.start({ onData: () => {}, onEnd: () => {}, onClose: () => {} });
  census.add(link);
  return socket;
}

describe('connection/link-census', () => {
  it('counts links until they are closed, and tells everybody who waits for the last', async () => {
    const census = new LinkCensus();
    await census.whenEmpty();
    const sockets = [open(census), open(census)];
    expect(census.size).to.equal(2);
    const waiting = [follow(census.whenEmpty()), follow(census.whenEmpty())];
    sockets[0]?.handlers.onClose(undefined);
    await turns(1);
    expect(waiting.map(({ outcome }) => outcome)).to.deep.equal([undefined, undefined]);
    sockets[1]?.handlers.onClose(undefined);
    await turns(1);
    expect(census.size).to.equal(0);
    expect(waiting.every(({ outcome }) => outcome !== undefined)).to.equal(true);
  });

  it('gives up or closes all of them', async () => {
    const census = new LinkCensus();
    const sockets = [open(census), open(census)];
    census.closeAll(new Error('enough'));
    expect(sockets.map(({ calls }) => calls.includes('end'))).to.deep.equal([true, true]);
    expect(census.size).to.equal(2);
    census.abortAll(new Error('now'));
    await census.whenEmpty();
    expect(sockets.map(({ calls }) => calls.includes('destroy'))).to.deep.equal([true, true]);
  });
});
