import { expect } from 'chai';

import { i16, i32, i8, u16, u32, u8 } from '../../../lib/serializer/types/integers.ts';
import type { Member } from '../../../lib/serializer/packed/member.ts';
import { packed } from '../../../lib/serializer/packed/packed.ts';
import { decode, encode, expectRefusal, hex, prefixesOf } from '../support/codec.ts';

interface Layout {
  readonly member: Member<number>;
  readonly min: number;
  readonly max: number;
  readonly examples: readonly (readonly [number, string])[];
}

const LAYOUTS: readonly Layout[] = [
  {
    member: i8,
    min: -128,
    max: 127,
    examples: [
      [-128, '80'],
      [127, '7f'],
      [-1, 'ff'],
      [0, '00'],
    ],
  },
  {
    member: u8,
    min: 0,
    max: 255,
    examples: [
      [0, '00'],
      [255, 'ff'],
      [128, '80'],
    ],
  },
  {
    member: i16,
    min: -32768,
    max: 32767,
    examples: [
      [-32768, '0080'],
      [32767, 'ff7f'],
      [1, '0100'],
    ],
  },
  {
    member: u16,
    min: 0,
    max: 65535,
    examples: [
      [65535, 'ffff'],
      [0x1234, '3412'],
    ],
  },
  {
    member: i32,
    min: -2147483648,
    max: 2147483647,
    examples: [
      [-2147483648, '00000080'],
      [2147483647, 'ffffff7f'],
      [0x12345678, '78563412'],
    ],
  },
  {
    member: u32,
    min: 0,
    max: 4294967295,
    examples: [
      [4294967295, 'ffffffff'],
      [1, '01000000'],
    ],
  },
];

describe('serializer/packed/integers', () => {
  for (const { member, min, max, examples } of LAYOUTS) {
    const serializer = packed(member);

    describe(member.name, () => {
      for (const [value, bytes] of examples) {
        it(`lays ${value} out as ${bytes}`, () => {
          expect(encode(serializer, [value])).to.deep.equal(hex(bytes));
          expect(decode(serializer, hex(bytes))).to.deep.equal([value]);
        });
      }

      it('takes its bounds and refuses what is one beyond', () => {
        for (const value of [min, min + 1, max - 1, max]) {
          expect(decode(serializer, encode(serializer, [value]))).to.deep.equal([value]);
        }
        for (const value of [min - 1, max + 1]) {
          expectRefusal(() => encode(serializer, [value]), {
            path: '[0]',
            message: `${member.name} takes an integer from ${min} to ${max}, got ${value}`,
            initiator: 'local',
          });
        }
      });

      it('refuses what is no integer', () => {
        for (const value of [NaN, Infinity, 0.5, 1n, '1', null, undefined, true, {}]) {
          expectRefusal(() => encode(serializer, [value as number]), {
            path: '[0]',
            message: `${member.name} takes an integer`,
            initiator: 'local',
          });
        }
      });

      it('is refused when cut', () => {
        for (const prefix of prefixesOf(encode(serializer, [1]))) {
          expectRefusal(() => decode(serializer, prefix), {
            path: '[0]',
            message: `needs ${member.minBytes} bytes, ${prefix.length} left`,
            initiator: 'remote',
          });
        }
      });
    });
  }
});
