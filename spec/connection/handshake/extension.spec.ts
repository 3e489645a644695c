import { Binary, Long, serialize } from 'bson';
import { expect } from 'chai';

import {
  decodeExtension,
  encodeExtension,
  MAX_EXTENSION_BYTES,
} from '../../../lib/connection/handshake/extension.ts';
import { EXTENSION_VERSION } from '../../../lib/connection/handshake/capabilities.ts';
import { sessionKey } from '../../../lib/connection/handshake/proof.ts';
import { OptionError, ProtocolError } from '../../../lib/errors/errors.ts';

const SESSION = sessionKey(Buffer.alloc(16, 1), Buffer.alloc(32, 2));

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
    expect(decodeExtension(encodeExtension({ version: 1 }))).to.include({ version: 1 });
    expect(decodeExtension(encodeExtension({ version: 1, token: 'secret' }))).to.include({
      version: 1,
      token: 'secret',
    });
  });

  it('carries the session of a main connection, byte for byte', () => {
    const { version, session } = decodeExtension(encodeExtension({ version: 2, session: SESSION }));
    expect(version).to.equal(2);
    expect(session?.id).to.deep.equal(SESSION.id);
    expect(session?.secret.equals(SESSION.secret)).to.equal(true);
  });

  it('carries the proof of a child, with counters of all sizes', () => {
    for (const counter of [1, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
      const proof = { counter, nonce: Buffer.alloc(16, 3), mac: Buffer.alloc(32, 4) };
      const decoded = decodeExtension(encodeExtension({ version: 2, proof }));
      expect(decoded.proof).to.deep.equal(proof);
      expect(decoded.isLane).to.equal(false);
    }
  });

  it('says of a child whether it is a lane', () => {
    expect(decodeExtension(encodeExtension({ version: 2, isLane: true })).isLane).to.equal(true);
    expect(
      decodeExtension(encodeExtension({ version: 2, isLane: false })).isLane ?? false,
    ).to.equal(false);
  });

  it('F35 speaks the lower version of both sides', () => {
    expect(decodeExtension(encoded({ v: 99 })).version).to.equal(EXTENSION_VERSION);
    expect(decodeExtension(encoded({ v: 1 })).version).to.equal(1);
  });

  it('F35 passes over fields that it does not know, of its own version and of higher ones', () => {
    for (const v of [1, EXTENSION_VERSION, 99]) {
      const bytes = encoded({ v, later: { is: ['fine'] }, token: 'secret' });
      expect(decodeExtension(bytes)).to.include({
        version: Math.min(v, EXTENSION_VERSION),
        token: 'secret',
      });
    }
  });

  it('F35 passes over fields that version 1 did not have', () => {
    const decoded = decodeExtension(encoded({ v: 1, sid: 'x', secret: 5, proof: [], lane: 'no' }));
    expect(decoded).to.deep.equal({ version: 1, token: undefined });
  });

  it('F8 refuses what names no version, or has a token that is no text', () => {
    for (const document of [
      {},
      { v: 0 },
      { v: -1 },
      { v: 1.5 },
      { v: 'one' },
      { v: null },
      { v: 1, token: 5 },
    ]) {
      expect(() => decodeExtension(encoded(document))).to.throw(ProtocolError);
    }
  });

  const proof = { c: 1, n: new Binary(Buffer.alloc(16)), h: new Binary(Buffer.alloc(32)) };
  const sid = new Binary(Buffer.alloc(16));
  const malformed: Readonly<Record<string, object>> = {
    'a session without a secret': { sid },
    'a secret without a session': { secret: new Binary(Buffer.alloc(32)) },
    'a session id of 15 bytes': {
      sid: new Binary(Buffer.alloc(15)),
      secret: new Binary(Buffer.alloc(32)),
    },
    'a secret of 33 bytes': { sid, secret: new Binary(Buffer.alloc(33)) },
    'a secret that is text': { sid, secret: 'x'.repeat(32) },
    'a proof that is none': { proof: true },
    'a proof that is null': { proof: null },
    'a proof without a counter': { proof: { n: proof.n, h: proof.h } },
    'a counter of 0': { proof: { ...proof, c: 0 } },
    'a counter that is no whole number': { proof: { ...proof, c: 1.5 } },
    'a counter beyond 2^53': { proof: { ...proof, c: Long.fromString('9007199254740993') } },
    'a nonce of 17 bytes': { proof: { ...proof, n: new Binary(Buffer.alloc(17)) } },
    'a MAC of 31 bytes': { proof: { ...proof, h: new Binary(Buffer.alloc(31)) } },
    'a MAC that is text': { proof: { ...proof, h: 'x'.repeat(32) } },
    'a lane flag that is a number': { lane: 1 },
  };
  for (const [what, fields] of Object.entries(malformed)) {
    it(`F8 refuses ${what}`, () => {
      expect(() => decodeExtension(encoded({ v: 2, ...fields }))).to.throw(ProtocolError);
      expect(() => decodeExtension(encoded({ v: 99, ...fields }))).to.throw(ProtocolError);
    });
  }

  it('F8 takes what those refusals start from', () => {
    expect(decodeExtension(encoded({ v: 2, proof })).proof).to.include({ counter: 1 });
  });

  it('F8 refuses every cut and what is no document', () => {
    const proof = { counter: 5, nonce: Buffer.alloc(16), mac: Buffer.alloc(32) };
    const bytes = encodeExtension({ version: 2, token: 'secret', session: SESSION, proof });
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
