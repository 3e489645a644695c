import { expect } from 'chai';

import { MisuseError, SerializationError } from '../../../lib/errors/errors.ts';
import { u64 } from '../../../lib/serializer/types/int64.ts';
import { i32, u8 } from '../../../lib/serializer/types/integers.ts';
import { map } from '../../../lib/serializer/types/map.ts';
import { optional } from '../../../lib/serializer/types/optional.ts';
import { packed } from '../../../lib/serializer/packed/packed.ts';
import { string } from '../../../lib/serializer/types/string.ts';
import { tuple } from '../../../lib/serializer/types/tuple.ts';
import { decode, encode, expectRefusal, hex, prefixesOf } from '../support/codec.ts';

const ages = packed(map(string, u8));
const MESSAGE = hex('02000000 01000000 61 07 01000000 62 08');

describe('serializer/packed/map', () => {
  it('is a count and the pairs in order', () => {
    const value = new Map([
      ['a', 7],
      ['b', 8],
    ]);
    expect(map(string, u8).name).to.equal('map(string,u8)');
    expect(encode(ages, [value])).to.deep.equal(MESSAGE);
    expect(decode(ages, MESSAGE)).to.deep.equal([value]);
    expect(encode(ages, [new Map()])).to.deep.equal(hex('00000000'));
  });

  it('takes the last value of a key that is there twice', () => {
    const message = hex('02000000 01000000 61 07 01000000 61 08');
    expect(decode(ages, message)).to.deep.equal([new Map([['a', 8]])]);
  });

  it('gives __proto__ no meaning', () => {
    const [value] = decode(ages, encode(ages, [new Map([['__proto__', 1]])]));
    expect([...value]).to.deep.equal([['__proto__', 1]]);
  });

  it('refuses a value with its key as the path', () => {
    expectRefusal(() => encode(packed(i32, map(string, u8)), [1, new Map([['name', -1]])]), {
      path: '[1].name',
      message: 'u8 takes an integer',
      initiator: 'local',
    });
    expectRefusal(() => encode(packed(map(u64, u8)), [new Map([[5n, 300]])]), {
      path: '[0]["5"]',
      message: 'u8 takes an integer',
      initiator: 'local',
    });
    expectRefusal(() => encode(packed(map(u8, u8)), [new Map([[300, 1]])]), {
      path: '[0][300]',
      message: 'u8 takes an integer',
      initiator: 'local',
    });
  });

  it('refuses what is no Map', () => {
    for (const value of [{ a: 1 }, [['a', 1]], null, undefined]) {
      expectRefusal(() => encode(ages, [value as unknown as Map<string, number>]), {
        path: '[0]',
        message: 'map(string,u8) takes a Map',
        initiator: 'local',
      });
    }
  });

  it('judges the count before it reads, and is refused when cut', () => {
    expectRefusal(() => decode(ages, hex('ffffffff 0000000000')), {
      path: '[0]',
      message: 'needs at least 21474836475 bytes, 5 left',
      initiator: 'remote',
    });
    for (const prefix of prefixesOf(MESSAGE)) {
      expect(() => decode(ages, prefix)).to.throw(SerializationError, 'runs past the end');
    }
    expectRefusal(() => decode(ages, MESSAGE.subarray(0, -1)), {
      path: '[0].b',
      message: 'u8 runs past the end of the message',
      initiator: 'remote',
    });
  });

  it('refuses pairs of no width and optional parts', () => {
    expect(() => map(tuple(), tuple())).to.throw(MisuseError, "can't be counted");
    expect(map(u8, tuple()).name).to.equal('map(u8,tuple())');
    expect(() => map(u8, optional(u8))).to.throw(MisuseError, 'can only be among the last');
  });
});
