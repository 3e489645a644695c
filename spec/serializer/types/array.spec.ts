import { expect } from 'chai';

import { MisuseError } from '../../../lib/errors/errors.ts';
import { array } from '../../../lib/serializer/types/array.ts';
import { i64 } from '../../../lib/serializer/types/int64.ts';
import { i32, u8 } from '../../../lib/serializer/types/integers.ts';
import type { Member } from '../../../lib/serializer/packed/member.ts';
import { optional } from '../../../lib/serializer/types/optional.ts';
import { packed } from '../../../lib/serializer/packed/packed.ts';
import { string } from '../../../lib/serializer/types/string.ts';
import { tuple } from '../../../lib/serializer/types/tuple.ts';
import { decode, encode, expectRefusal, hex, prefixesOf } from '../support/codec.ts';

const bytes = packed(array(u8));

describe('serializer/packed/array', () => {
  it('is a count and the values', () => {
    expect(array(u8).name).to.equal('array(u8)');
    expect(encode(bytes, [[1, 2, 255]])).to.deep.equal(hex('03000000 0102ff'));
    expect(decode(bytes, hex('03000000 0102ff'))).to.deep.equal([[1, 2, 255]]);
    expect(decode(bytes, encode(bytes, [[]]))).to.deep.equal([[]]);
  });

  it('nests', () => {
    const nested = packed(array(array(string)));
    const message = hex('02000000 01000000 01000000 61 00000000');
    expect(encode(nested, [[['a'], []]])).to.deep.equal(message);
    expect(decode(nested, message)).to.deep.equal([[['a'], []]]);
  });

  it('refuses an element with its path', () => {
    expectRefusal(() => encode(packed(i32, array(array(u8))), [0, [[], [1, 2, 256]]]), {
      path: '[1][1][2]',
      message: 'u8 takes an integer from 0 to 255, got 256',
      initiator: 'local',
    });
    expectRefusal(() => decode(packed(array(string)), hex('02000000 00000000 09000000')), {
      path: '[0][1]',
      message: 'string runs past the end of the message: needs 9 bytes, 0 left',
      initiator: 'remote',
    });
  });

  it('refuses holes and what is no array', () => {
    const sparse = [1];
    sparse[2] = 3;
    expectRefusal(() => encode(bytes, [sparse]), {
      path: '[0][1]',
      message: 'got undefined',
      initiator: 'local',
    });
    for (const value of ['abc', { length: 1, 0: 1 }, new Uint8Array(1), null]) {
      expectRefusal(() => encode(bytes, [value as unknown as number[]]), {
        path: '[0]',
        message: 'array(u8) takes an array',
        initiator: 'local',
      });
    }
  });

  it('judges the count against the bytes left before it reads', () => {
    expectRefusal(() => decode(bytes, hex('ffffffff 010203')), {
      path: '[0]',
      message:
        'array(u8) of 4294967295 runs past the end of the message: needs at least 4294967295 bytes, 3 left',
      initiator: 'remote',
    });
    // 16 bytes hold two int64, not three.
    const numbers = packed(array(i64));
    expect(decode(numbers, Buffer.concat([hex('02000000'), Buffer.alloc(16)]))[0]).to.have.length(
      2,
    );
    expectRefusal(() => decode(numbers, Buffer.concat([hex('03000000'), Buffer.alloc(16)])), {
      path: '[0]',
      message: 'needs at least 24 bytes, 16 left',
      initiator: 'remote',
    });
  });

  it('is refused when cut', () => {
    for (const prefix of prefixesOf(encode(packed(array(string)), [['ab', '', 'c']]))) {
      expectRefusal(() => decode(packed(array(string)), prefix), {
        path: prefix.length < 16 ? '[0]' : '[0][2]',
        message: 'runs past the end of the message',
        initiator: 'remote',
      });
    }
  });

  it('refuses members of no width, whose count nothing would bound', () => {
    expect(() => array(tuple())).to.throw(MisuseError, "members of no bytes can't be counted");
    expect(() => array(tuple(tuple(), tuple()))).to.throw(MisuseError);
  });

  it('caps the count by the bytes left for a member that does not tell its width', () => {
    const nothing: Member<null> = { name: 'nothing', write: () => undefined, read: () => null };
    const serializer = packed(array(nothing));
    expect(decode(serializer, hex('02000000 0000'))).to.deep.equal([[null, null]]);
    expectRefusal(() => decode(serializer, hex('ffffffff 0000')), {
      path: '[0]',
      message: 'runs past the end of the message',
      initiator: 'remote',
    });
  });

  it('refuses optional elements', () => {
    expect(() => array(optional(u8))).to.throw(MisuseError, 'can only be among the last of packed');
  });
});
