import { expect } from 'chai';

import { ProtocolError } from '../../lib/errors/errors.ts';
import {
  decodeException,
  writeLostException,
  writeRefusedException,
  writeStructuredException,
  writeUnknownVerb,
  writeUserException,
} from '../../lib/wire/exception-body.ts';
import { hex } from '../support/chunks.ts';
import { frameHex } from '../support/feed.ts';

const USER = '00000000 04000000 626f6f6d';
const UNKNOWN_VERB = '01000000 08000000 6300000000000000';

describe('wire/exception-body', () => {
  it('S-W13 says what a handler failed with', () => {
    expect(frameHex(0, (out) => writeUserException(out, 'boom'))).to.equal(
      hex(USER).toString('hex'),
    );
    expect(decodeException(hex(USER))).to.deep.equal({ kind: 'user', text: 'boom' });
  });

  it('S-W13 carries text as UTF-8, its length in bytes', () => {
    const text = 'Größe ∞';
    const bytes = hex(frameHex(0, (out) => writeUserException(out, text)));
    expect(bytes.readUInt32LE(4)).to.equal(Buffer.byteLength(text));
    expect(decodeException(bytes)).to.deep.equal({ kind: 'user', text });
  });

  it('S-W13 names an unknown verb', () => {
    expect(frameHex(0, (out) => writeUnknownVerb(out, 99))).to.equal(
      hex(UNKNOWN_VERB).toString('hex'),
    );
    expect(decodeException(hex(UNKNOWN_VERB))).to.deep.equal({ kind: 'unknown-verb', verb: 99 });
  });

  it('K4 carries an error as a document', () => {
    const bytes = hex('01004c53 03000000 cafe00');
    expect(frameHex(0, (out) => writeStructuredException(out, hex('cafe00')))).to.equal(
      bytes.toString('hex'),
    );
    expect(decodeException(bytes)).to.deep.equal({ kind: 'structured', document: hex('cafe00') });
  });

  it('B2-5 says that nothing was done', () => {
    const bytes = hex('02004c53 04000000 626f6f6d');
    expect(frameHex(0, (out) => writeRefusedException(out, 'boom'))).to.equal(
      bytes.toString('hex'),
    );
    expect(decodeException(bytes)).to.deep.equal({ kind: 'refused', text: 'boom' });
  });

  it('says that the reply of a call is lost, from version 3 on', () => {
    const bytes = hex('03004c53 04000000 676f6e65');
    expect(frameHex(0, (out) => writeLostException(out, 'gone'))).to.equal(bytes.toString('hex'));
    expect(decodeException(bytes, true)).to.deep.equal({ kind: 'lost', text: 'gone' });
    expect(decodeException(bytes)).to.deep.equal({ kind: 'unknown', type: 0x534c_0003 });
  });

  it('S-W13 reports any other type as unknown, whatever is in it', () => {
    for (const type of [2, 3, 0xffff_ffff]) {
      const bytes = hex('00000000 01000000 aa');
      bytes.writeUInt32LE(type, 0);
      expect(decodeException(bytes)).to.deep.equal({ kind: 'unknown', type });
    }
  });

  it('S-W13 ignores what is behind it', () => {
    expect(decodeException(hex(`${USER} ffff`))).to.deep.equal({ kind: 'user', text: 'boom' });
  });

  it('S-W13 may have no data at all', () => {
    expect(decodeException(hex('00000000 00000000'))).to.deep.equal({ kind: 'user', text: '' });
  });

  it('F26 says what is wrong with one', () => {
    for (const [bytes, text] of [
      ['00000000 000000', 'an exception without type and length'],
      ['00000000 04000000 626f', 'an exception of 4 bytes in a reply of 10'],
      ['01000000 04000000 63000000', 'an unknown verb of 4 bytes'],
    ] as const) {
      expect(() => decodeException(hex(bytes))).to.throw(ProtocolError, text);
    }
  });

  it('F26 refuses every cut, and a verb of another length, as an error of the call', () => {
    const broken = [USER, UNKNOWN_VERB].flatMap((text) => {
      const bytes = hex(text);
      return Array.from(bytes, (_, end) => bytes.subarray(0, end));
    });
    broken.push(hex('01000000 04000000 63000000'), hex('01000000 09000000 630000000000000000'));
    broken.push(hex('00000000 ffffffff'));
    for (const bytes of broken) {
      expect(() => decodeException(bytes))
        .to.throw(ProtocolError)
        .and.include({ scope: 'call', initiator: 'remote' });
    }
  });
});
