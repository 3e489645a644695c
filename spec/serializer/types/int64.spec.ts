import { expect } from 'chai';

import { i64, u64 } from '../../../lib/serializer/types/int64.ts';
import { packed } from '../../../lib/serializer/packed/packed.ts';
import { decode, encode, expectRefusal, hex, prefixesOf } from '../support/codec.ts';

const LAYOUTS = [
  {
    member: i64,
    min: -(2n ** 63n),
    max: 2n ** 63n - 1n,
    examples: [
      [2n, '0200000000000000'],
      [-2n, 'feffffffffffffff'],
      [1099511627776n, '0000000000010000'],
      [-(2n ** 63n), '0000000000000080'],
    ],
  },
  {
    member: u64,
    min: 0n,
    max: 2n ** 64n - 1n,
    examples: [
      [0x20000n, '0000020000000000'],
      [2n ** 64n - 1n, 'ffffffffffffffff'],
    ],
  },
] as const;

describe('serializer/packed/int64', () => {
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
        for (const value of [min, min + 1n, max - 1n, max]) {
          expect(decode(serializer, encode(serializer, [value]))).to.deep.equal([value]);
        }
        for (const value of [min - 1n, max + 1n]) {
          expectRefusal(() => encode(serializer, [value]), {
            path: '[0]',
            message: `${member.name} takes a bigint from ${min} to ${max}, got ${value}`,
            initiator: 'local',
          });
        }
      });

      it('refuses what is no bigint', () => {
        for (const value of [1, '1', null, undefined]) {
          expectRefusal(() => encode(serializer, [value as unknown as bigint]), {
            path: '[0]',
            message: `${member.name} takes a bigint, got`,
            initiator: 'local',
          });
        }
      });

      it('is refused when cut', () => {
        for (const prefix of prefixesOf(encode(serializer, [1n]))) {
          expectRefusal(() => decode(serializer, prefix), {
            path: '[0]',
            message: `needs 8 bytes, ${prefix.length} left`,
            initiator: 'remote',
          });
        }
      });
    });
  }
});
