import { expect } from 'chai';

import { MisuseError } from '../../../lib/errors/errors.ts';
import { array } from '../../../lib/serializer/types/array.ts';
import { i64 } from '../../../lib/serializer/types/int64.ts';
import { i32, u8 } from '../../../lib/serializer/types/integers.ts';
import { optional } from '../../../lib/serializer/types/optional.ts';
import { packed } from '../../../lib/serializer/packed/packed.ts';
import { string } from '../../../lib/serializer/types/string.ts';
import { tuple } from '../../../lib/serializer/types/tuple.ts';
import { decode, encode, expectRefusal, hex, prefixesOf } from '../support/codec.ts';

describe('serializer/packed/tuple', () => {
  it('S-W16 lays members out back to back without framing', () => {
    const nested = packed(u8, tuple(i32, tuple(u8, string)), u8);
    const message = hex('01 02000000 03 01000000 61 04');
    expect(nested.name).to.equal('packed(u8,tuple(i32,tuple(u8,string)),u8)');
    expect(encode(nested, [1, [2, [3, 'a']], 4])).to.deep.equal(message);
    expect(decode(nested, message)).to.deep.equal([1, [2, [3, 'a']], 4]);
  });

  it('takes no bytes without members', () => {
    expect(encode(packed(tuple()), [[]])).to.have.length(0);
    expect(decode(packed(tuple()), hex(''))).to.deep.equal([[]]);
  });

  it('refuses a member with its path', () => {
    expectRefusal(() => encode(packed(u8, tuple(u8, tuple(u8))), [1, [2, [-1]]]), {
      path: '[1][1][0]',
      message: 'u8 takes an integer',
      initiator: 'local',
    });
  });

  it('refuses what is no array of its length', () => {
    for (const value of [[1], [1, 2, 3], 'ab', null, { 0: 1, 1: 2 }]) {
      expectRefusal(() => encode(packed(tuple(u8, u8)), [value as [number, number]]), {
        path: '[0]',
        message: 'tuple(u8,u8) takes an array of 2 members',
        initiator: 'local',
      });
    }
  });

  it('is refused when cut', () => {
    const pair = packed(tuple(i32, i64));
    for (const prefix of prefixesOf(encode(pair, [[1, 2n]]))) {
      expectRefusal(() => decode(pair, prefix), {
        path: prefix.length < 4 ? '[0][0]' : '[0][1]',
        message: 'runs past the end of the message',
        initiator: 'remote',
      });
    }
  });

  it('refuses optional members', () => {
    expect(() => tuple(u8, optional(u8))).to.throw(MisuseError, 'can only be among the last');
  });

  it('counts its members’ bytes where many are announced', () => {
    const pairs = packed(array(tuple(i32, u8)));
    expect(decode(pairs, hex('02000000 0100000002 0300000004'))).to.deep.equal([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expectRefusal(() => decode(pairs, hex('02000000 0100000002 03000000')), {
      path: '[0]',
      message: 'needs at least 10 bytes, 9 left',
      initiator: 'remote',
    });
    expectRefusal(() => encode(packed(tuple(u8)), [[1, 2] as never]), {
      path: '[0]',
      message: 'got 2 members',
      initiator: 'local',
    });
  });
});
