import { expect } from 'chai';

import { decodeControl } from '../../lib/call/control.ts';
import { ProtocolError } from '../../lib/errors.ts';
import { hex } from '../support/chunks.ts';

describe('decodeControl', () => {
  it('reads which stream’s end was taken', () => {
    expect(decodeControl(hex('01 | 0807060504030201'))).to.deep.equal({
      kind: 'eos-taken',
      streamId: 0x0102030405060708n,
    });
  });

  it('passes over kinds of a later version', () => {
    expect(decodeControl(hex('02'))).to.equal(undefined);
    expect(decodeControl(hex('ff | 00112233'))).to.equal(undefined);
  });

  for (const malformed of ['', '01', '01 | 00000000000000', '01 | 000000000000000000']) {
    it(`refuses ${malformed === '' ? 'no bytes' : malformed}`, () => {
      expect(() => decodeControl(hex(malformed))).to.throw(ProtocolError);
    });
  }
});
