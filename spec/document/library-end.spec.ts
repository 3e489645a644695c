import { serialize } from 'bson';
import { expect } from 'chai';

import {
  decodeError,
  decodeStreamError,
  encodeError,
  encodeStreamError,
} from '../../lib/document/error-document.ts';
import { markLibraryEnd } from '../../lib/document/library-end.ts';
import { isRemote } from '../../lib/document/remote-origin.ts';
import { CanceledError, StreamNotFoundError, TimeoutError } from '../../lib/errors/errors.ts';
import { isRpcError } from '../../lib/errors/rpc-error.ts';
import { ownFields } from '../support/own-fields.ts';

const PEER = { address: '127.0.0.1', family: 'IPv4', port: 1 } as const;

/** The error of a record that a peer has written. */
function arriving(record: object): Error {
  return decodeStreamError(Buffer.from(serialize({ 0: { isLibraryEnd: true, ...record } })), PEER);
}

describe('the end of a stream by this library', () => {
  const ends: readonly (() => Error)[] = [
    () => new CanceledError('call', 'enough', 'remote', ['A', 'B']),
    () => new TimeoutError('the call', 5, 'call'),
    () => new StreamNotFoundError('stream 4 is not promised, or is over', 'remote'),
  ];
  for (const make of ends) {
    const { name } = make();
    it(`X10 is a ${name} of ours to its reader`, () => {
      const arrived = decodeStreamError(encodeStreamError(markLibraryEnd(make())), PEER);
      expect(arrived.constructor).to.equal(make().constructor);
      expect(ownFields(arrived)).to.deep.equal(ownFields(make()));
      expect([arrived.message, arrived.cause]).to.deep.equal([make().message, make().cause]);
      expect([isRpcError(arrived), isRemote(arrived)]).to.deep.equal([true, false]);
    });

    it(`X10 is none where a producer throws a ${name}, nor where a method does`, () => {
      for (const arrived of [
        decodeStreamError(encodeStreamError(make()), PEER),
        decodeError(encodeStreamError(markLibraryEnd(make())), PEER),
        decodeStreamError(encodeError(markLibraryEnd(make())), PEER),
        decodeStreamError(encodeStreamError(new Error('x', { cause: markLibraryEnd(make()) }))),
      ]) {
        expect(isRpcError(arrived)).to.equal(false);
        expect(isRemote(arrived)).to.equal(true);
      }
    });
  }

  it('X10 is an error of the peer where its code is not known here', () => {
    for (const record of [
      { code: 'ERR_LATER' },
      { code: 5 },
      {},
      { code: 'ERR_TIMEOUT' },
      { code: 'ERR_TIMEOUT', fields: { limitMs: 'long' } },
    ]) {
      expect(isRemote(arriving({ name: 'Later', ...record }))).to.equal(true);
    }
  });

  it('X2 takes a path as far as it makes sense', () => {
    for (const [path, hops] of [
      ['A', []],
      [
        ['A', 1, 'B'],
        ['A', 'B'],
      ],
      [undefined, []],
    ]) {
      const arrived = arriving({ code: 'ERR_CANCELED', fields: { path } });
      expect(arrived).to.be.instanceOf(CanceledError).and.deep.include({ path: hops });
    }
  });
});
