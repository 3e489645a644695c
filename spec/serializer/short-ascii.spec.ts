import { expect } from 'chai';
import fc from 'fast-check';

import { readShortAscii, SHORT_ASCII, writeShortAscii } from '../../lib/serializer/short-ascii.ts';

const LENGTHS = Array.from({ length: SHORT_ASCII + 1 }, (_, length) => length);

describe('serializer/short-ascii', () => {
  it('reads and writes every length, at any offset', () => {
    for (const length of LENGTHS) {
      const text = 'abcdefghijklmnop'.slice(0, length);
      const bytes = Buffer.from(`..${text}..`);
      expect(readShortAscii(bytes, 2, length)).to.equal(text);
      expect(readShortAscii(bytes.subarray(2, 2 + length), 0, length)).to.equal(text);
      const target = Buffer.from('.'.repeat(length + 4));
      expect(writeShortAscii(text, target, 2)).to.equal(true);
      expect(target).to.deep.equal(bytes);
    }
  });

  it('finds what is not ASCII at every place of every length', () => {
    for (const length of LENGTHS) {
      for (let at = 0; at < length; at++) {
        for (const byte of [0x80, 0xff]) {
          const bytes = Buffer.alloc(length, 'x');
          bytes[at] = byte;
          expect(readShortAscii(bytes, 0, length)).to.equal(undefined);
        }
        const text = `${'x'.repeat(at)}\u0080${'x'.repeat(length - at - 1)}`;
        expect(writeShortAscii(text, Buffer.alloc(length), 0)).to.equal(false);
      }
    }
  });

  it('agrees with Node about any ASCII', () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 0x7f, maxLength: SHORT_ASCII }), (ascii) => {
        const bytes = Buffer.from(ascii);
        expect(readShortAscii(bytes, 0, bytes.length)).to.equal(bytes.toString('latin1'));
      }),
    );
  });
});
