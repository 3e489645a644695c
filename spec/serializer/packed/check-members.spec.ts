import { expect } from 'chai';

import { MisuseError } from '../../../lib/errors/errors.ts';
import {
  checkCounted,
  checkInner,
  checkMembers,
} from '../../../lib/serializer/packed/check-members.ts';
import { u8 } from '../../../lib/serializer/types/integers.ts';
import { optional } from '../../../lib/serializer/types/optional.ts';
import { tuple } from '../../../lib/serializer/types/tuple.ts';

describe('serializer/packed/check-members', () => {
  it('allows optional members only at the end of a message', () => {
    expect(() => checkMembers('packed', [u8, optional(u8), optional(u8)])).to.not.throw();
    expect(() => checkMembers('packed', [optional(u8), u8])).to.throw(MisuseError, /^packed: u8/);
    expect(() => checkInner('array', [optional(u8)])).to.throw(MisuseError, /^array: optional/);
    expect(() => checkInner('array', [u8])).to.not.throw();
  });

  it('refuses what can not write and read', () => {
    const half = { name: 'half', write: () => {} } as unknown as typeof u8;
    expect(() => checkMembers('packed', [u8, half])).to.throw(MisuseError, /^packed: member 1 is/);
  });

  it('allows counting only what has a width', () => {
    expect(() => checkCounted('map', [u8, tuple()])).to.not.throw();
    expect(() => checkCounted('map', [tuple(), tuple()])).to.throw(MisuseError, /^map: members/);
  });
});
