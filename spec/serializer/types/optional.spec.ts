import { expect } from 'chai';

import { MisuseError } from '../../../lib/errors/errors.ts';
import { i32, u8 } from '../../../lib/serializer/types/integers.ts';
import { optional } from '../../../lib/serializer/types/optional.ts';
import { packed } from '../../../lib/serializer/packed/packed.ts';
import { string } from '../../../lib/serializer/types/string.ts';
import { tuple } from '../../../lib/serializer/types/tuple.ts';
import { decode, encode, expectRefusal, hex } from '../support/codec.ts';

const grown = packed(i32, optional(string), optional(u8));

describe('serializer/packed/optional', () => {
  it('S-W17 is absent when the message ends before it', () => {
    expect(grown.name).to.equal('packed(i32,optional(string),optional(u8))');
    expect(grown.arity).to.equal(3);
    expect(decode(grown, hex('01000000'))).to.deep.equal([1, undefined, undefined]);
    expect(decode(grown, hex('01000000 01000000 61'))).to.deep.equal([1, 'a', undefined]);
    expect(decode(grown, hex('01000000 01000000 61 05'))).to.deep.equal([1, 'a', 5]);
  });

  it('S-W17 is not sent when it is left out', () => {
    expect(encode(grown, [1])).to.deep.equal(hex('01000000'));
    expect(encode(grown, [1, undefined, undefined])).to.deep.equal(hex('01000000'));
    expect(encode(grown, [1, 'a'])).to.deep.equal(hex('01000000 01000000 61'));
    expect(encode(grown, [1, 'a', 5])).to.deep.equal(hex('01000000 01000000 61 05'));
  });

  it('S-W17 lets an old and a new peer speak: what is behind the known members is ignored', () => {
    const old = packed(i32);
    expect(decode(old, encode(grown, [1, 'a', 5]))).to.deep.equal([1]);
    expect(decode(grown, encode(old, [1]))).to.deep.equal([1, undefined, undefined]);
  });

  it('S-W17 every cut is refused or gives the absent form', () => {
    const message = encode(grown, [1, 'ab', 5]);
    const forms = Array.from(message, (_, end) => {
      try {
        return JSON.stringify(decode(grown, message.subarray(0, end)));
      } catch {
        return 'refused';
      }
    });
    expect(forms).to.deep.equal([
      ...Array(4).fill('refused'),
      '[1,null,null]',
      ...Array(5).fill('refused'),
      '[1,"ab",null]',
    ]);
  });

  it('refuses a member behind an absent one', () => {
    expectRefusal(() => encode(grown, [1, undefined, 5]), {
      path: '[1]',
      message: 'must not be absent, as a member behind it is present',
      initiator: 'local',
    });
  });

  it('refuses a value that does not fit, as the member does', () => {
    expectRefusal(() => encode(grown, [1, 'a', 256]), {
      path: '[2]',
      message: 'u8 takes an integer',
      initiator: 'local',
    });
    expectRefusal(() => encode(grown, [1, null as unknown as string]), {
      path: '[1]',
      message: 'string takes a string',
      initiator: 'local',
    });
  });

  it('refuses to stand before a member that is not optional', () => {
    expect(() => packed(optional(u8), u8)).to.throw(MisuseError, "u8 can't follow optional(u8)");
    expect(() => packed(u8, optional(u8), u8, optional(u8))).to.throw(MisuseError);
    expect(packed(optional(u8)).arity).to.equal(1);
  });

  it('refuses members of no bytes, and being optional twice', () => {
    expect(() => optional(tuple())).to.throw(MisuseError, 'takes no bytes');
    expect(() => optional(optional(u8))).to.throw(MisuseError, 'can only be among the last');
  });
});
