import { expect } from 'chai';

import { f32, f64 } from '../../../lib/serializer/types/floats.ts';
import { packed } from '../../../lib/serializer/packed/packed.ts';
import { decode, encode, expectRefusal, hex, prefixesOf } from '../support/codec.ts';

const EXAMPLES = [
  [f32, 1.5, '0000c03f'],
  [f32, -Infinity, '000080ff'],
  [f64, 0.1, '9a9999999999b93f'],
  [f64, -0, '0000000000000080'],
] as const;

describe('serializer/packed/floats', () => {
  for (const [member, value, bytes] of EXAMPLES) {
    it(`lays ${value} out as ${bytes} in ${member.name}`, () => {
      expect(encode(packed(member), [value])).to.deep.equal(hex(bytes));
      expect(decode(packed(member), hex(bytes))[0]).to.equal(value);
    });
  }

  it('keeps NaN', () => {
    for (const member of [f32, f64]) {
      expect(decode(packed(member), encode(packed(member), [NaN]))[0]).to.be.NaN;
    }
  });

  it('rounds to f32 and refuses what would become infinite', () => {
    expect(decode(packed(f32), encode(packed(f32), [0.1]))[0]).to.equal(Math.fround(0.1));
    expect(encode(packed(f32), [3.4028234663852886e38])).to.deep.equal(hex('ffff7f7f'));
    expectRefusal(() => encode(packed(f32), [3.5e38]), {
      path: '[0]',
      message: '3.5e+38 is out of the range of f32',
      initiator: 'local',
    });
  });

  it('refuses what is no number', () => {
    for (const member of [f32, f64]) {
      for (const value of [1n, '1', null, undefined]) {
        expectRefusal(() => encode(packed(member), [value as unknown as number]), {
          path: '[0]',
          message: `${member.name} takes a number, got`,
          initiator: 'local',
        });
      }
    }
  });

  it('is refused when cut', () => {
    for (const member of [f32, f64]) {
      for (const prefix of prefixesOf(encode(packed(member), [1]))) {
        expectRefusal(() => decode(packed(member), prefix), {
          path: '[0]',
          message: `${member.name} runs past the end`,
          initiator: 'remote',
        });
      }
    }
  });
});
