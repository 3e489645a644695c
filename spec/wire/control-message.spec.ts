import { expect } from 'chai';

import { ProtocolError } from '../../lib/errors.ts';
import { decodeControlMessage, encodeControlMessage } from '../../lib/wire/control-message.ts';
import { hex } from '../support/chunks.ts';

describe('wire/control-message', () => {
  it('reads which stream’s end was taken', () => {
    expect(decodeControlMessage(hex('01 | 0807060504030201'))).to.deep.equal({
      kind: 'eos-taken',
      streamId: 0x0102030405060708n,
    });
  });

  it('reads which stream’s reader wants no more', () => {
    expect(decodeControlMessage(hex('02 | 0100000000000000'))).to.deep.equal({
      kind: 'canceled',
      streamId: 1n,
    });
  });

  for (const kind of ['eos-taken', 'canceled'] as const) {
    it(`writes what it reads: ${kind}`, () => {
      const message = { kind, streamId: 0xfedc_ba98_7654_3210n };
      expect(decodeControlMessage(encodeControlMessage(message))).to.deep.equal(message);
    });
  }

  it('passes over kinds of a later version', () => {
    expect(decodeControlMessage(hex('00'))).to.equal(undefined);
    expect(decodeControlMessage(hex('7f'))).to.equal(undefined);
    expect(decodeControlMessage(hex('ff | 00112233'))).to.equal(undefined);
  });

  for (const malformed of ['', '01', '01 | 00000000000000', '01 | 000000000000000000']) {
    it(`refuses ${malformed === '' ? 'no bytes' : malformed}`, () => {
      expect(() => decodeControlMessage(hex(malformed))).to.throw(ProtocolError);
    });
  }
});
