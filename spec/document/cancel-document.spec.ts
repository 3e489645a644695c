import { serialize } from 'bson';
import fc from 'fast-check';

import { expect } from 'chai';

import {
  decodeCancel,
  encodeCancel,
  MAX_CANCEL_DOCUMENT_BYTES,
} from '../../lib/document/cancel-document.ts';
import { ProtocolError } from '../../lib/errors/errors.ts';
import { Mutator } from '../support/mutator.ts';

describe('connection/cancel-document', () => {
  it('X9 says why and who', () => {
    const reason = Object.assign(new RangeError('too slow'), { afterMs: 20 });
    const cancel = decodeCancel(encodeCancel({ reason, path: ['A', 'B'] }));
    expect(cancel.path).to.deep.equal(['A', 'B']);
    expect(cancel.reason)
      .to.be.instanceOf(RangeError)
      .and.include({ message: 'too slow', afterMs: 20 });
  });

  for (const reason of ['enough', '', 7, true, null, 2n ** 60n]) {
    it(`a reason that is no object arrives as it is: ${typeof reason} ${String(reason)}`, () => {
      expect(decodeCancel(encodeCancel({ reason, path: [] })).reason).to.equal(reason);
    });
  }

  it('takes no bytes where there is nothing to say', () => {
    const bytes = encodeCancel({ reason: undefined, path: [] });
    expect(bytes).to.have.length(0);
    expect(decodeCancel(bytes)).to.deep.equal({ reason: undefined, path: [] });
  });

  it('tells the path alone where there is no reason that can be told', () => {
    for (const reason of [undefined, () => {}, Symbol('s'), 2n ** 70n]) {
      const cancel = decodeCancel(encodeCancel({ reason, path: ['A'] }));
      expect(cancel).to.deep.equal({ reason: undefined, path: ['A'] });
    }
  });

  it('X9, E2 bounds the hops and their names, whoever exceeds them', () => {
    const long = Array.from({ length: 40 }, () => 'é'.repeat(1_000));
    const expected = Array.from({ length: 32 }, () => `${'é'.repeat(126)}…`);
    expect(decodeCancel(encodeCancel({ reason: 'x', path: long })).path).to.deep.equal(expected);
    const written = Buffer.from(serialize({ 0: { path: long.slice(0, 33) } }));
    expect(written.length).to.be.at.least(MAX_CANCEL_DOCUMENT_BYTES);
    const short = Buffer.from(serialize({ 0: { path: [...Array(40).fill('a'), 'b'] } }));
    expect(decodeCancel(short).path).to.deep.equal(Array(32).fill('a'));
  });

  it('E2 stays within its bound whatever the reason is', () => {
    const path = Array.from({ length: 32 }, () => 'h'.repeat(256));
    const reason = new Error('x'.repeat(9_000), { cause: 'y'.repeat(9_000) });
    for (let i = 0; i < 64; i++) Object.assign(reason, { [`field${i}`]: 'z'.repeat(500) });
    const bytes = encodeCancel({ reason, path });
    expect(bytes.length).to.be.within(32_000, MAX_CANCEL_DOCUMENT_BYTES);
    expect(decodeCancel(bytes).path).to.deep.equal(path);
  });

  it('passes over what is no name', () => {
    const bytes = Buffer.from(serialize({ 0: { path: ['A', 5, null, ['B'], 'C'] } }));
    expect(decodeCancel(bytes)).to.deep.equal({ reason: undefined, path: ['A', 'C'] });
    const none = Buffer.from(serialize({ 0: { path: 'A', reason: 'x' } }));
    expect(decodeCancel(none)).to.deep.equal({ reason: 'x', path: [] });
  });

  const malformed: [what: string, bytes: Buffer][] = [
    ['no BSON', Buffer.from('boom')],
    ['no document', Buffer.from(serialize({ 0: ['A'] }))],
    ['too much', Buffer.from(serialize({ 0: { reason: 'x'.repeat(MAX_CANCEL_DOCUMENT_BYTES) } }))],
  ];
  for (const [what, bytes] of malformed) {
    it(`${what} is a reason that says so`, () => {
      const { reason, path } = decodeCancel(bytes);
      expect(reason)
        .to.be.instanceOf(ProtocolError)
        .and.include({ message: 'the peer sent a malformed reason' });
      expect(path).to.deep.equal([]);
    });
  }

  it('F25 any reason can be told, and any bytes read', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true }), fc.array(fc.string()), (reason, path) => {
        const bytes = encodeCancel({ reason, path });
        expect(decodeCancel(bytes).reason).not.to.be.instanceOf(ProtocolError);
      }),
      { numRuns: 300 },
    );
    const mutator = new Mutator(3);
    const bytes = encodeCancel({ reason: new Error('boom'), path: ['A', 'B'] });
    for (let count = 0; count < 1_000; count++) decodeCancel(mutator.mutate(bytes));
  });
});
