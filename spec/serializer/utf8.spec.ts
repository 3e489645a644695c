import { expect } from 'chai';
import fc from 'fast-check';
import { isUtf8 } from 'node:buffer';

import {
  isValidUtf8,
  isWellFormed,
  MAX_BYTES_PER_UNIT,
  readUtf8,
  writeUtf8,
} from '../../lib/serializer/utf8.ts';
import { hex } from './support/codec.ts';

const INVALID = {
  'a lone continuation byte': '80',
  'an overlong NUL': 'c080',
  'a surrogate': 'eda080',
  'a code point above U+10FFFF': 'f4908080',
  'a character that is cut': 'e282',
};

describe('serializer/utf8', () => {
  for (const [what, bytes] of Object.entries(INVALID)) {
    it(`finds ${what}, in short text and in long`, () => {
      for (const padding of [0, 31, 32, 33, 100, 127, 128, 129, 200]) {
        const text = Buffer.concat([Buffer.alloc(padding, 'x'), hex(bytes)]);
        expect(isValidUtf8(text, 0, text.length)).to.equal(false);
        expect(readUtf8(text, 0, text.length)).to.equal(undefined);
      }
    });
  }

  it('takes U+FFFD, a byte order mark and U+0000 as they are', () => {
    const text = '\ufeffa\ufffd\0é';
    const bytes = Buffer.from(text);
    expect(readUtf8(bytes, 0, bytes.length)).to.equal(text);
    expect(isValidUtf8(bytes, 0, bytes.length)).to.equal(true);
  });

  it('looks at its range only', () => {
    const bytes = hex('80 61 62 80');
    expect(isValidUtf8(bytes, 1, 3)).to.equal(true);
    expect(readUtf8(bytes, 1, 3)).to.equal('ab');
    expect(readUtf8(bytes, 2, 2)).to.equal('');
  });

  it('agrees with Node about random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (random) => {
        const bytes = Buffer.from(random);
        expect(isValidUtf8(bytes, 0, bytes.length)).to.equal(isUtf8(bytes));
        expect(readUtf8(bytes, 0, bytes.length) !== undefined).to.equal(isUtf8(bytes));
      }),
    );
  });

  it('finds lone surrogates in text to be sent', () => {
    expect(isWellFormed('a\u{1f600}b')).to.equal(true);
    expect(isWellFormed('a\ud83d')).to.equal(false);
    expect(isWellFormed('\ude00a')).to.equal(false);
  });

  it('writes text, and nothing that UTF-8 can not carry', () => {
    const long = 'x'.repeat(100);
    for (const text of ['', 'a', 'é', 'fifteen letters', long, `${long}é`, '\u{1f600}']) {
      const buffer = Buffer.alloc(2 + text.length * MAX_BYTES_PER_UNIT, '.');
      const byteLength = writeUtf8(text, buffer, 1);
      expect(byteLength).to.equal(Buffer.byteLength(text));
      expect(buffer.toString('utf8', 0, byteLength + 2)).to.equal(`.${text}.`);
    }
    for (const text of ['\ud800', `${long}\udc00`, '\ud800é']) {
      const buffer = Buffer.alloc(text.length * MAX_BYTES_PER_UNIT);
      expect(writeUtf8(text, buffer, 0)).to.equal(-1);
    }
  });

  it('looks at every byte of a range, wherever it lies', () => {
    for (const length of [1, 2, 3, 4, 5, 31, 32, 33, 128, 129]) {
      for (let at = 0; at < length; at++) {
        const bytes = Buffer.alloc(length + 2, 'x');
        bytes[at + 1] = 0x80;
        expect(isValidUtf8(bytes, 1, length + 1)).to.equal(false);
        expect(readUtf8(bytes, 1, length + 1)).to.equal(undefined);
        bytes[at + 1] = 0x7f;
        bytes[0] = 0x80;
        bytes[length + 1] = 0x80;
        expect(isValidUtf8(bytes, 1, length + 1)).to.equal(true);
        expect(readUtf8(bytes, 1, length + 1)).to.equal(bytes.toString('latin1', 1, length + 1));
      }
    }
  });
});
