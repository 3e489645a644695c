import { expect } from 'chai';
import fc from 'fast-check';

import { SerializationError } from '../../../lib/errors/errors.ts';
import { createBson } from '../../../lib/serializer/bson/bson.ts';
import {
  MAX_SIGNATURE_DEPTH,
  MAX_SIGNATURE_LENGTH,
  packedFromName,
  serializerByName,
} from '../../../lib/serializer/types/serializer-by-name.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import { expectRefusal, refusalOf } from '../support/codec.ts';

/** `packed(…)` with so many lists in one another. */
function nested(depth: number): string {
  const arrays = depth - 1;
  return `packed(${'array('.repeat(arrays)}u8${')'.repeat(arrays)})`;
}

describe('serializer/packed/packed-from-name', () => {
  for (const name of [
    'packed()',
    'packed(i8,u8,i16,u16,i32,u32,i64,u64,f32,f64,bool,string,bytes)',
    'packed(array(map(string,tuple(u8,tuple()))),optional(i32),optional(array(u8)))',
    'packed(stream(packed(i32,i64)),stream(raw),stream(packed()))',
    'packed(stream(packed(stream(packed(stream(raw))))))',
  ]) {
    it(`rebuilds ${name}`, () => {
      expect(packedFromName(name, [raw]).name).to.equal(name);
    });
  }

  for (const name of [
    '',
    'packed',
    'packed(',
    'packed(i32',
    'packed(i32,)',
    'packed(,i32)',
    'packed(i32))',
    'packed(i32)x',
    'packed( i32)',
    ' packed(i32)',
    'Packed(i32)',
    'packed(i33)',
    'packed(i32())',
    'packed(array)',
    'packed(array())',
    'packed(array(u8,u8))',
    'packed(map(u8))',
    'packed(stream(i32))',
    'packed(stream(bson))',
    'packed(stream())',
    'packed(array(tuple()))',
    'packed(optional(u8),u8)',
    'packed(tuple(optional(u8)))',
    'packed(constructor)',
    'packed(__proto__)',
    'packed(toString(u8))',
    'array(u8)',
  ]) {
    it(`refuses ${JSON.stringify(name)}`, () => {
      expectRefusal(() => packedFromName(name, [raw]), {
        path: '',
        message: `unknown serializer ${JSON.stringify(name)}`,
        initiator: 'remote',
      });
    });
  }

  for (const [name, why] of [
    ['json', 'there is no serializer "json"'],
    ['az09', 'there is no serializer "az09"'],
    ['a{', 'there is no serializer "a"'],
    ['a:', 'there is no serializer "a"'],
    ['packed(stream(json))', 'there is no serializer "json"'],
    ['packed', '"(" is expected at 6'],
    ['packed(i32', '")" is expected at 10'],
    ['packed(stream', '"(" is expected at 13'],
    ['packed(stream(raw', '")" is expected at 17'],
    ['packed(array())', 'there is no member "array" of 0'],
    ['packed(array(u8,u8))', 'there is no member "array" of 2'],
    ['packed(optional(u8,u8))', 'there is no member "optional" of 2'],
    ['packed(map(u8))', 'there is no member "map" of 1'],
    ['packed(map(u8,u8,u8))', 'there is no member "map" of 3'],
    ['packed(other(u8))', 'there is no member "other" of 1'],
    ['packed(other(u8,u8))', 'there is no member "other" of 2'],
    ['packed(i32)x', 'it goes on behind its end'],
  ] as const) {
    it(`says of ${name} that ${why}`, () => {
      expect(refusalOf(() => packedFromName(name, [raw])).message).to.equal(
        `unknown serializer ${JSON.stringify(name)}: ${why}`,
      );
    });
  }

  it('shows the beginning of a name that is too long', () => {
    expect(refusalOf(() => packedFromName('('.repeat(2_000), [])).message).to.equal(
      `unknown serializer "${'('.repeat(32)}…": it is above 1024 characters`,
    );
  });

  it('takes what is as deep as allowed and refuses what is deeper', () => {
    for (const depth of [MAX_SIGNATURE_DEPTH - 1, MAX_SIGNATURE_DEPTH]) {
      expect(packedFromName(nested(depth), []).name).to.equal(nested(depth));
    }
    expectRefusal(() => packedFromName(nested(MAX_SIGNATURE_DEPTH + 1), []), {
      path: '',
      message: 'it is deeper than 16',
      initiator: 'remote',
    });
    const streams = `${'packed(stream('.repeat(20)}raw${'))'.repeat(20)}`;
    expectRefusal(() => packedFromName(streams, [raw]), {
      path: '',
      message: 'it is deeper than 16',
      initiator: 'remote',
    });
  });

  it('takes what is as long as allowed and refuses what is longer, unread', () => {
    const longest = `packed(${'u8,'.repeat(338)}u8)`;
    expect(longest).to.have.length(MAX_SIGNATURE_LENGTH);
    expect(packedFromName(longest, []).arity).to.equal(339);
    expectRefusal(() => packedFromName(longest.replace('u8', 'i16'), []), {
      path: '',
      message: 'it is above 1024 characters',
      initiator: 'remote',
    });
    expect(() => packedFromName('('.repeat(1e6), [])).to.throw(SerializationError);
  });

  it('throws nothing but SerializationErrors for mutilated signatures', () => {
    const parts = ['packed', 'array', 'map', 'stream', 'raw', 'u8', '(', ')', ',', 'optional', ' '];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 12 }), (words) => {
        const name = words.join('');
        try {
          expect(packedFromName(name, [raw]).name).to.equal(name);
        } catch (error) {
          expect(error).to.be.instanceOf(SerializationError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('takes a name in a handle for the reading serializer, raw or a packed layout', () => {
    const own = createBson({ maxDepth: 7 });
    expect(serializerByName('bson', own)).to.equal(own);
    expect(serializerByName('raw', own)).to.equal(raw);
    expect(serializerByName('packed(stream(bson))', own).name).to.equal('packed(stream(bson))');
    expectRefusal(() => serializerByName('json', own), {
      path: '',
      message: 'unknown serializer "json"',
      initiator: 'remote',
    });
  });
});
