import { expect } from 'chai';

import { decodeError, encodeError } from '../../lib/document/error-document.ts';
import { isRemote, remotePeerOf } from '../../lib/document/remote-origin.ts';
import { RemoteError } from '../../lib/errors/errors.ts';
import type { Peer } from '../../lib/transport/transport.ts';
import { ownFields } from '../support/own-fields.ts';

const PEER: Peer = { address: '10.0.0.7', port: 7070, family: 'IPv4' };

describe('connection/remote-origin', () => {
  it('K4 an error that a peer’s code threw says so, and whose', () => {
    const arrived = decodeError(encodeError(new Error('boom')), PEER);
    expect(isRemote(arrived)).to.equal(true);
    expect(remotePeerOf(arrived)).to.equal(PEER);
  });

  it('K4 so do its causes', () => {
    const { cause } = decodeError(encodeError(new Error('x', { cause: new Error('y') })), PEER);
    expect(remotePeerOf(cause)).to.equal(PEER);
  });

  it('a peer can be remote and not known', () => {
    const arrived = decodeError(encodeError(new Error('boom')));
    expect(isRemote(arrived)).to.equal(true);
    expect(remotePeerOf(arrived)).to.equal(undefined);
  });

  it('the mark is not seen among an error’s fields', () => {
    const arrived = decodeError(encodeError(new Error('boom')), PEER);
    expect(ownFields(arrived)).to.deep.equal({});
    expect(JSON.stringify(arrived)).to.equal('{}');
  });

  it('the mark does not travel on: who passes an error on is who threw it', () => {
    const other: Peer = { ...PEER, port: 1 };
    const passedOn = decodeError(
      encodeError(decodeError(encodeError(new Error('x')), PEER)),
      other,
    );
    expect(remotePeerOf(passedOn)).to.equal(other);
  });

  it('nothing else is from a peer', () => {
    for (const other of [new Error('x'), new RemoteError('x'), undefined, null, 'x', {}]) {
      expect(isRemote(other)).to.equal(false);
      expect(remotePeerOf(other)).to.equal(undefined);
    }
  });
});
