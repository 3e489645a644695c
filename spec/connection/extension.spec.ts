import { serialize } from 'bson';
import { expect } from 'chai';

import {
  decodeExtension,
  encodeExtension,
  EXTENSION_VERSION,
  MAX_EXTENSION_BYTES,
} from '../../lib/connection/extension.ts';
import { OptionError, ProtocolError } from '../../lib/errors.ts';

function encoded(document: object): Buffer {
  return Buffer.from(serialize(document));
}

/** A token with which the document has just so many bytes. */
function tokenFor(bytes: number): string {
  const overhead = encoded({ v: 1, token: '' }).length;
  return 'x'.repeat(bytes - overhead);
}

describe('connection/extension', () => {
  it('carries the version, and a token where there is one', () => {
    expect(decodeExtension(encodeExtension({ version: 1 }))).to.deep.equal({
      version: 1,
      token: undefined,
    });
    expect(decodeExtension(encodeExtension({ version: 1, token: 'secret' }))).to.deep.equal({
      version: 1,
      token: 'secret',
    });
  });

  it('speaks the lower version of both sides', () => {
    expect(decodeExtension(encoded({ v: 99 })).version).to.equal(EXTENSION_VERSION);
  });

  it('passes over fields that it does not know', () => {
    expect(decodeExtension(encoded({ v: 1, later: { is: ['fine'] } })).version).to.equal(1);
  });

  it('F8 refuses what names no version, or has a token that is no text', () => {
    for (const document of [
      {},
      { v: 0 },
      { v: -1 },
      { v: 1.5 },
      { v: 'one' },
      { v: 1, token: 5 },
    ]) {
      expect(() => decodeExtension(encoded(document))).to.throw(ProtocolError);
    }
  });

  it('F8 refuses every cut and what is no document', () => {
    const bytes = encodeExtension({ version: 1, token: 'secret' });
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeExtension(bytes.subarray(0, end))).to.throw(ProtocolError);
    }
    expect(() => decodeExtension(Buffer.alloc(20, 0xff))).to.throw(ProtocolError);
  });

  it('E2 takes a document of 8 KiB and refuses one byte more, at both ends', () => {
    for (const bytes of [MAX_EXTENSION_BYTES - 1, MAX_EXTENSION_BYTES]) {
      const document = encodeExtension({ version: 1, token: tokenFor(bytes) });
      expect(document).to.have.length(bytes);
      expect(decodeExtension(document).token).to.equal(tokenFor(bytes));
    }
    const token = tokenFor(MAX_EXTENSION_BYTES + 1);
    expect(() => encodeExtension({ version: 1, token }))
      .to.throw(OptionError)
      .and.include({ option: 'token' });
    expect(() => decodeExtension(encoded({ v: 1, token }))).to.throw(ProtocolError);
  });
});
