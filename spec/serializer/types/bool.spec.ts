import { expect } from 'chai';

import { bool } from '../../../lib/serializer/types/bool.ts';
import { packed } from '../../../lib/serializer/packed/packed.ts';
import { decode, encode, expectRefusal, hex } from '../support/codec.ts';

const flag = packed(bool);

describe('serializer/packed/bool', () => {
  it('is one byte', () => {
    expect(encode(flag, [false])).to.deep.equal(hex('00'));
    expect(encode(flag, [true])).to.deep.equal(hex('01'));
    expect(decode(flag, hex('00'))).to.deep.equal([false]);
    expect(decode(flag, hex('01'))).to.deep.equal([true]);
  });

  it('refuses any byte but 0 and 1', () => {
    for (let byte = 2; byte < 256; byte++) {
      expectRefusal(() => decode(flag, Buffer.of(byte)), {
        path: '[0]',
        message: `a bool is 0 or 1, got ${byte}`,
        initiator: 'remote',
      });
    }
  });

  it('refuses what is no boolean, and no byte', () => {
    for (const value of [0, 1, 'true', null, undefined]) {
      expectRefusal(() => encode(flag, [value as unknown as boolean]), {
        path: '[0]',
        message: 'bool takes a boolean',
        initiator: 'local',
      });
    }
    expectRefusal(() => decode(flag, hex('')), {
      path: '[0]',
      message: 'needs 1 bytes, 0 left',
      initiator: 'remote',
    });
  });
});
