import { expect } from 'chai';
import fc from 'fast-check';

import { ByteWriter } from '../../../lib/base/byte-writer.ts';
import { SlabPool } from '../../../lib/base/slab-pool.ts';
import { MisuseError, SerializationError } from '../../../lib/errors/errors.ts';
import { array } from '../../../lib/serializer/types/array.ts';
import { i64 } from '../../../lib/serializer/types/int64.ts';
import { i32, u8 } from '../../../lib/serializer/types/integers.ts';
import type { Member } from '../../../lib/serializer/packed/member.ts';
import { packedFromName } from '../../../lib/serializer/types/serializer-by-name.ts';
import { packed } from '../../../lib/serializer/packed/packed.ts';
import { string } from '../../../lib/serializer/types/string.ts';
import { decode, encode, expectRefusal, hex, prefixesOf } from '../support/codec.ts';
import { FakeHandles } from '../support/fake-handles.ts';
import { anyMembers } from '../support/member-arbitraries.ts';

const mixed = packed(i32, string, array(u8));

/** Seconds since 1970 as a Date: what a user may write. */
const seconds: Member<Date> = {
  name: 'seconds',
  minBytes: 4,
  write(value, out) {
    if (Number.isNaN(value.getTime())) throw new RangeError('not a date');
    out.reserve(4);
    out.offset = out.buffer.writeUInt32LE(value.getTime() / 1000, out.offset);
  },
  read: (cursor) => new Date(cursor.bytes.readUInt32LE(cursor.take(4, 'seconds')) * 1000),
};

describe('serializer/packed/packed', () => {
  it('has a signature and an arity', () => {
    expect(mixed).to.include({ name: 'packed(i32,string,array(u8))', arity: 3 });
    expect(packed()).to.include({ name: 'packed()', arity: 0 });
  });

  describe("Seastar's payloads", () => {
    it('S-W16 add(2, 3) and add(-1, -2)', () => {
      const add = packed(i32, i32);
      expect(encode(add, [2, 3])).to.deep.equal(hex('02000000 03000000'));
      expect(encode(add, [-1, -2])).to.deep.equal(hex('ffffffff feffffff'));
      expect(decode(packed(i32), hex('05000000'))).to.deep.equal([5]);
    });

    it("S-W16 echo('hello') and echo('')", () => {
      const echo = packed(string);
      expect(encode(echo, ['hello'])).to.deep.equal(hex('05000000 68656c6c6f'));
      expect(decode(echo, hex('05000000 68656c6c6f'))).to.deep.equal(['hello']);
      expect(encode(echo, [''])).to.deep.equal(hex('00000000'));
    });

    it('S-W16 the messages of stream_pair', () => {
      const message = packed(i32, i64);
      for (const [tuple, bytes] of [
        [[1, 2n], '01000000 0200000000000000'],
        [[-1, -2n], 'ffffffff feffffffffffffff'],
        [[2147483647, 1099511627776n], 'ffffff7f 0000000000010000'],
      ] as [[number, bigint], string][]) {
        expect(encode(message, tuple)).to.deep.equal(hex(bytes));
        expect(decode(message, hex(bytes))).to.deep.equal(tuple);
      }
    });

    it('S-W16 no arguments and void results', () => {
      expect(encode(packed(), [])).to.have.length(0);
      expect(decode(packed(), hex(''))).to.deep.equal([]);
    });
  });

  it('S-W17 ignores bytes behind the members', () => {
    expect(decode(packed(i32), hex('05000000 ffff'))).to.deep.equal([5]);
    expect(decode(packed(), hex('ffff'))).to.deep.equal([]);
  });

  it('S-W17 refuses every cut', () => {
    const message = encode(mixed, [1, 'ab', [1, 2]]);
    for (const prefix of prefixesOf(message)) {
      expectRefusal(() => decode(mixed, prefix), {
        path: `[${[4, 10].filter((end) => prefix.length >= end).length}]`,
        message: /needs (at least )?\d+ bytes, \d+ left/,
        initiator: 'remote',
      });
    }
  });

  it('refuses tuples of another length', () => {
    expectRefusal(() => encode(packed(i32, i32), [1] as unknown as [number, number]), {
      path: '[1]',
      message: 'i32 takes an integer',
      initiator: 'local',
    });
    expectRefusal(() => encode(packed(i32), [1, 2] as unknown as [number]), {
      path: '[1]',
      message: 'packed(i32) takes 1 members, got 2',
      initiator: 'local',
    });
    expect(encode(packed(), [undefined] as unknown as [])).to.have.length(0);
  });

  it('leaves a frame that can be taken back when a value is refused', () => {
    const out = new ByteWriter(new SlabPool());
    const handles = new FakeHandles();
    mixed.encode([1, 'first', []], out, handles);
    const before = out.byteLength;
    out.beginFrame(4);
    expect(() => mixed.encode([1, 'second', [1, 256]], out, handles)).to.throw(SerializationError);
    out.rollbackFrame();
    expect(out.byteLength).to.equal(before);
  });

  it('takes members that a user wrote', () => {
    const log = packed(seconds, array(seconds));
    const date = new Date(1_700_000_000_000);
    expect(log.name).to.equal('packed(seconds,array(seconds))');
    expect(decode(log, encode(log, [date, [date]]))).to.deep.equal([date, [date]]);
    expectRefusal(() => encode(log, [date, [date, new Date(NaN)]]), {
      path: '[1][1]',
      message: 'not a date',
      initiator: 'local',
    });
  });

  it('refuses what is no member when it is declared', () => {
    const notMember = 'i32' as unknown as Member<number>;
    expect(() => packed(i32, notMember)).to.throw(MisuseError, 'member 1 is not a member');
    expect(() => array(undefined as unknown as Member<number>)).to.throw(MisuseError);
  });

  it('gives back the values of any signature, which its name rebuilds', () => {
    fc.assert(
      fc.property(anyMembers(), ({ members, values }) => {
        const serializer = packed(...members);
        const bytes = encode(serializer, values);
        expect(decode(serializer, bytes)).to.deep.equal(values);
        const rebuilt = packedFromName(serializer.name, []);
        expect(rebuilt.name).to.equal(serializer.name);
        expect(encode(rebuilt, values).equals(bytes)).to.equal(true);
        expect(decode(serializer, Buffer.concat([bytes, hex('ff')]))).to.deep.equal(values);
      }),
      { numRuns: 300 },
    );
  });

  it('gives nothing but values or SerializationErrors for any bytes', () => {
    fc.assert(
      fc.property(anyMembers(), fc.uint8Array({ maxLength: 40 }), ({ members }, bytes) => {
        try {
          decode(packed(...members), Buffer.from(bytes));
        } catch (error) {
          expect(error).to.be.instanceOf(SerializationError).that.includes({ initiator: 'remote' });
        }
      }),
      { numRuns: 500 },
    );
  });
});
