import { expect } from 'chai';

import { packed } from '../../../lib/serializer/packed/packed.ts';
import { string } from '../../../lib/serializer/types/string.ts';
import { decode, encode, expectRefusal, hex, prefixesOf } from '../support/codec.ts';

const text = packed(string);

describe('serializer/packed/string', () => {
  for (const [value, bytes] of [
    ['hello', '05000000 68656c6c6f'],
    ['', '00000000'],
    ['é', '02000000 c3a9'],
    ['\u{1f600}', '04000000 f09f9880'],
    ['\0', '01000000 00'],
    ['\ufeff\ufffd', '06000000 efbbbf efbfbd'],
  ] as const) {
    it(`lays ${JSON.stringify(value)} out as ${bytes}`, () => {
      expect(encode(text, [value])).to.deep.equal(hex(bytes));
      expect(decode(text, hex(bytes))).to.deep.equal([value]);
    });
  }

  it('lays text out alike around the sizes at which it is written otherwise', () => {
    for (const unit of ['x', 'é', '€']) {
      for (const length of [15, 16, 17, 4095, 4096, 4097, 70_000]) {
        const value = unit.repeat(length);
        const content = Buffer.from(value);
        const bytes = encode(text, [value]);
        expect(bytes.readUInt32LE(0)).to.equal(content.length);
        expect(bytes.subarray(4).equals(content)).to.equal(true);
        expect(decode(text, bytes)[0] === value).to.equal(true);
      }
    }
  });

  it('lays text out whole where a slab of memory ends', () => {
    const value = '€'.repeat(4_000);
    const all = [value, value, value];
    expect(
      decode(packed(string, string, string), encode(packed(string, string, string), [...all])),
    ).to.deep.equal(all);
  });

  it('overwrites what it wrote before it met a letter beyond ASCII', () => {
    const value = 'abcdefé';
    expect(encode(text, [value])).to.deep.equal(hex('08000000 616263646566 c3a9'));
  });

  it('refuses invalid UTF-8', () => {
    for (const bytes of ['80', 'c080', 'eda080', 'f4908080', 'e282']) {
      const content = hex(bytes);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(content.length);
      expectRefusal(() => decode(text, Buffer.concat([length, content])), {
        path: '[0]',
        message: 'the string is not valid UTF-8',
        initiator: 'remote',
      });
    }
  });

  it('refuses lone surrogates, which would not arrive', () => {
    for (const value of ['\ud83d', 'a\ude00', '\ude00\ud83d']) {
      expectRefusal(() => encode(text, [value]), {
        path: '[0]',
        message: 'the string has a lone surrogate',
        initiator: 'local',
      });
    }
  });

  it('refuses what is no string', () => {
    for (const value of [1, null, undefined, Buffer.from('x')]) {
      expectRefusal(() => encode(text, [value as unknown as string]), {
        path: '[0]',
        message: `string takes a string, got`,
        initiator: 'local',
      });
    }
  });

  it('judges the length before it reads', () => {
    expectRefusal(() => decode(text, hex('64000000 6162')), {
      path: '[0]',
      message: 'string runs past the end of the message: needs 100 bytes, 2 left',
      initiator: 'remote',
    });
    expectRefusal(() => decode(text, hex('ffffffff 61')), {
      path: '[0]',
      message: 'needs 4294967295 bytes, 1 left',
      initiator: 'remote',
    });
    for (const prefix of prefixesOf(hex('05000000 68656c6c6f'))) {
      expectRefusal(() => decode(text, prefix), {
        path: '[0]',
        message: 'string runs past the end of the message',
        initiator: 'remote',
      });
    }
  });

  it('refuses a lone surrogate in long text as well', () => {
    for (const length of [10, 4_096, 4_097, 20_000]) {
      expectRefusal(() => encode(text, [`${'x'.repeat(length)}\ud800`]), {
        path: '[0]',
        message: 'the string has a lone surrogate',
        initiator: 'local',
      });
    }
  });
});
