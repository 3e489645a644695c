import { BSON, BSONError, deserialize, serialize } from 'bson';
import { expect } from 'chai';
import fc from 'fast-check';

import { SerializationError } from '../../../lib/errors/errors.ts';
import { type BsonOptions, resolveBsonOptions } from '../../../lib/serializer/bson/bson-options.ts';
import { type ScannedTuple, scanTuple } from '../../../lib/serializer/bson/tuple-scan.ts';
import { anyBsonValue } from '../support/bson-arbitraries.ts';
import { expectRefusal, hex, prefixesOf } from '../support/codec.ts';

function scan(bytes: Buffer, options: BsonOptions = {}): ScannedTuple {
  return scanTuple(bytes, resolveBsonOptions(options));
}

/** A document of these elements, in hex. */
function document(...elements: string[]): Buffer {
  const body = hex(elements.join(''));
  const length = Buffer.alloc(4);
  length.writeInt32LE(body.length + 5);
  return Buffer.concat([length, body, hex('00')]);
}

/** Member 0 as an element of a type and a value in hex. */
function member(type: string, value: string): Buffer {
  return document(`${type}3000${value}`);
}

function inHex(bytes: Buffer): string {
  return bytes.toString('hex');
}

function refuses(bytes: Buffer, path: string, message: string, options?: BsonOptions): void {
  expectRefusal(() => scan(bytes, options), { path, message, initiator: 'remote' });
}

/** Member 0 with so many documents in one another. */
function nested(levels: number): Buffer {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? { a: value } : [value];
  return Buffer.from(serialize({ 0: value }));
}

describe('serializer/bson/tuple-scan', () => {
  it('tells how many members there are, and where', () => {
    expect(scan(document())).to.deep.include({ length: 0, memberCount: 0, isAscending: true });
    const sparse = Buffer.from(serialize({ 1: 'x', 5: null }));
    expect(scan(sparse)).to.include({ length: 6, memberCount: 2, isAscending: true });
    const turned = document('0a3100', '0a3000');
    expect(scan(turned)).to.include({ length: 2, memberCount: 2, isAscending: false });
  });

  it('takes every type that data needs', () => {
    for (const [type, value] of [
      ['01', '0000000000000000'],
      ['02', '01000000 00'],
      ['03', '0500000000'],
      ['04', '0500000000'],
      ['05', '00000000 00'],
      ['06', ''],
      ['07', '00'.repeat(12)],
      ['08', '01'],
      ['09', '0000000000000000'],
      ['0a', ''],
      ['0b', '6100 6900'],
      ['10', '00000000'],
      ['11', '0000000000000000'],
      ['12', '0000000000000000'],
      ['13', '00'.repeat(16)],
      ['7f', ''],
      ['ff', ''],
    ] as const) {
      const bytes = member(type, value);
      expect(scan(bytes).length, type).to.equal(1);
      for (const prefix of prefixesOf(bytes))
        expect(() => scan(prefix)).to.throw(SerializationError);
    }
  });

  it('E1-bson refuses types that carry code or references', () => {
    const code = '02000000 6100';
    refuses(member('0d', code), '[0]', 'BSON type Code is refused');
    refuses(member('0e', code), '[0]', 'BSON type Symbol is refused');
    refuses(member('0c', `${code}${'00'.repeat(12)}`), '[0]', 'BSON type DBPointer is refused');
    const scope = `0f000000 ${code} 0500000000`;
    refuses(member('0f', scope), '[0]', 'BSON type CodeWithScope is refused');
  });

  it('refuses every type that BSON does not have', () => {
    const known = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 0x7f, 0xff];
    for (let type = 0; type < 256; type++) {
      if (known.includes(type)) continue;
      const code = type.toString(16).padStart(2, '0');
      refuses(member(code, '00'.repeat(20)), '[0]', `unknown BSON type 0x${code}`);
    }
  });

  describe('lengths', () => {
    it('of the whole message', () => {
      refuses(hex(''), '', 'a document where 0 bytes are left');
      refuses(hex('05000000'), '', 'a document where 4 bytes are left');
      refuses(hex('0600000000'), '', 'a document of 6 bytes where 5 bytes are left');
      refuses(hex('0400000000'), '', 'a document of 4 bytes');
      refuses(hex('ffffffff00'), '', 'a document of -1 bytes');
      refuses(hex('0500000001'), '', 'the document has no terminator');
      refuses(hex('0500000000 00'), '', 'a document of 5 bytes in 6 bytes');
    });

    it('of strings, against their document and not the message', () => {
      refuses(member('02', '00000000'), '[0]', 'a string of 0 bytes');
      refuses(member('02', 'ffffffff 00'), '[0]', 'a string of -1 bytes');
      refuses(member('02', '02000000 61'), '[0]', 'a string of 2 bytes where 1 bytes are left');
      refuses(member('02', '01000000 61'), '[0]', 'the string has no terminator');
      refuses(member('02', '0100'), '[0]', 'a string where 2 bytes are left');
      // The outer document would have room for the inner string.
      const inner = document('0261000a000000 6100');
      refuses(member('03', `${inHex(inner)}`), '[0].a', 'a string of 10 bytes where 2 bytes');
      const outer = document(`033000${inHex(inner)}`, `023100 05000000 6161616100`);
      refuses(outer, '[0].a', 'a string of 10 bytes where 2 bytes');
    });

    it('of documents and arrays', () => {
      refuses(member('03', '0400000000'), '[0]', 'a document of 4 bytes');
      refuses(member('04', '0600000000'), '[0]', 'a document of 6 bytes where 5 bytes are left');
      refuses(member('03', 'ffffff7f00'), '[0]', 'a document of 2147483647 bytes');
      refuses(member('03', '0500000001'), '[0]', 'the document has no terminator');
      refuses(member('04', '00'), '[0]', 'a document where 1 bytes are left');
    });

    it('of binaries', () => {
      refuses(member('05', '02000000 00 01'), '[0]', 'a binary of 2 bytes where 1 bytes are left');
      refuses(member('05', 'ffffffff 00'), '[0]', 'a binary of -1 bytes');
      refuses(member('05', '00000000'), '[0]', 'a binary where 4 bytes are left');
      refuses(
        member('05', '05000000 02 02000000 01'),
        '[0]',
        'the two lengths of the binary differ',
      );
      refuses(member('05', '03000000 02 000000'), '[0]', 'the two lengths of the binary differ');
      // The first byte of the next element must not stand in for a missing one of the length.
      const short = document('053000 03000000 02 ffffff', 'ff3100');
      refuses(short, '[0]', 'the two lengths of the binary differ');
      expect(scan(member('05', '05000000 02 01000000 01')).length).to.equal(1);
      expect(scan(member('05', '04000000 02 00000000')).length).to.equal(1);
    });

    it('of values whose width is fixed', () => {
      refuses(member('10', '0000'), '[0]', 'a value of 4 bytes where 2 bytes are left');
      refuses(member('07', ''), '[0]', 'a value of 12 bytes where 0 bytes are left');
    });

    it('of keys and regular expressions', () => {
      refuses(hex('08000000 0a3030 00'), '["00"]', 'runs past the end of its document');
      refuses(member('0b', '6161'), '[0]', 'a text runs past the end of its document');
      refuses(member('0b', '6100 61'), '[0]', 'a text runs past the end of its document');
    });
  });

  it('refuses booleans and dates that JavaScript does not have', () => {
    refuses(member('08', '02'), '[0]', 'a boolean is 0 or 1');
    const date = (ms: bigint): Buffer => {
      const value = Buffer.alloc(8);
      value.writeBigInt64LE(ms);
      return member('09', inHex(value));
    };
    for (const ms of [8_640_000_000_000_000n, -8_640_000_000_000_000n]) {
      expect(scan(date(ms)).length).to.equal(1);
      refuses(date(ms < 0 ? ms - 1n : ms + 1n), '[0]', 'a date out of range');
    }
    refuses(date(-(2n ** 63n)), '[0]', 'a date out of range');
  });

  it('refuses invalid UTF-8 in strings, keys and regular expressions', () => {
    refuses(member('02', '02000000 ff00'), '[0]', 'the string is not valid UTF-8');
    refuses(member('0b', 'ff00 00'), '[0]', 'a text is not valid UTF-8');
    refuses(
      member('03', inHex(document('0ac32800'))),
      '[0]["\ufffd("]',
      'a text is not valid UTF-8',
    );
  });

  it('E1-bson refuses keys that pollute or mislead, at any depth', () => {
    const key = (name: string): string => `0a${Buffer.from(name).toString('hex')}00`;
    const at = (name: string): Buffer =>
      member(
        '03',
        inHex(document(`046100${inHex(document(`033000${inHex(document(key(name)))}`))}`)),
      );
    refuses(at('__proto__'), '[0].a[0].__proto__', 'the key is refused');
    refuses(at('_bsontype'), '[0].a[0]._bsontype', 'the key is refused');
    expect(scan(at('constructor')).length).to.equal(1);
    const options = { refuseKeys: ['constructor', 'prototype'] };
    refuses(at('constructor'), '[0].a[0].constructor', 'the key is refused', options);
    refuses(at('prototype'), '[0].a[0].prototype', 'the key is refused', options);
    refuses(document(key('__proto__')), '.__proto__', 'the key is refused');
  });

  it('E1-bson refuses what js-bson would promote to a DBRef', () => {
    const promoted = { $ref: 'c', $id: 1 };
    expect(deserialize(serialize({ 0: promoted }))[0]).to.be.instanceOf(BSON.DBRef);
    refuses(Buffer.from(serialize({ 0: [promoted] })), '[0][0]', 'both $ref and $id');
    for (const plain of [
      { $ref: 'c' },
      { $id: 1 },
      { $id: 1, $db: 'x' },
      { $ref: 'c', $other: 1 },
      [{ $ref: 1 }, { $id: 1 }],
    ]) {
      const bytes = Buffer.from(serialize({ 0: plain }));
      expect(scan(bytes).length).to.equal(1);
      expect(deserialize(bytes)[0]).to.deep.equal(plain);
    }
  });

  it('refuses members that are not indexes', () => {
    for (const [name, path] of [
      ['a', '.a'],
      ['$ref', '.$ref'],
      ['', '[""]'],
      ['00', '["00"]'],
      ['01', '["01"]'],
      ['-1', '["-1"]'],
      ['1024', '["1024"]'],
    ] as const) {
      const bytes = Buffer.from(serialize({ [name]: 1 }));
      refuses(bytes, path, 'the key is not the index of a tuple member');
    }
    expect(scan(Buffer.from(serialize({ 1023: 1 }))).length).to.equal(1024);
  });

  it('E2 BSON depth 100: takes 99 and 100 levels, refuses 101', () => {
    expect(scan(nested(99)).length).to.equal(1);
    expect(scan(nested(100)).length).to.equal(1);
    expectRefusal(() => scan(nested(101)), {
      path: `[0]${'.a[0]'.repeat(50)}`,
      message: 'nested deeper than 100 levels (maxDepth)',
      initiator: 'remote',
    });
    expect(scan(nested(2), { maxDepth: 2 }).length).to.equal(1);
    expect(() => scan(nested(3), { maxDepth: 2 })).to.throw(SerializationError);
  });

  it('E1-bson refuses a depth bomb of 200,000 levels', () => {
    const levels = 200_000;
    const bomb = Buffer.alloc(7 + levels * 8 + 1);
    for (let i = 0; i <= levels; i++) {
      const at = i * 7;
      bomb.writeInt32LE(bomb.length - at - i, at);
      if (i < levels) bomb.write(`\x03${i === 0 ? '0' : 'a'}\0`, at + 4, 'latin1');
    }
    expect(() => scan(bomb)).to.throw(SerializationError, 'nested deeper than 100 levels');
  });

  it('counts keys over all documents and holds them to maxKeys', () => {
    const bytes = Buffer.from(serialize({ 0: { a: 1, b: [1, 2] }, 1: null }));
    expect(scan(bytes, { maxKeys: 7 }).length).to.equal(2);
    expect(scan(bytes, { maxKeys: 6 }).length).to.equal(2);
    refuses(bytes, '[1]', 'more than 5 keys (maxKeys)', { maxKeys: 5 });
    refuses(bytes, '[0].b[0]', 'more than 3 keys (maxKeys)', { maxKeys: 3 });
  });

  it('finds binaries of other subtypes than plain bytes', () => {
    const bytes = Buffer.from(
      serialize({
        0: Buffer.from('plain'),
        1: { a: new BSON.UUID(), b: new BSON.Binary(hex('0102'), 2) },
      }),
    );
    const found = [...(scan(bytes).binaries ?? [])];
    expect(found.map(([start, { subtype, end }]) => [subtype, end - start])).to.deep.equal([
      [4, 16],
      [2, 2],
    ]);
    expect(found.every(([at, { start }]) => at === start)).to.equal(true);
    expect(scan(document()).binaries).to.equal(undefined);
  });

  it('E1-bson throws nothing but SerializationErrors, and passes nothing that startles js-bson', () => {
    const options = {
      promoteBuffers: true,
      useBigInt64: true,
      bsonRegExp: true,
      validation: { utf8: false },
    };
    const mutated = fc
      .tuple(
        fc.array(anyBsonValue(), { maxLength: 3 }),
        fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 255, 127, 128))), {
          maxLength: 4,
        }),
      )
      .map(([values, changes]) => {
        const bytes = Buffer.from(serialize(Object.assign({}, values)));
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return bytes;
      });
    const random = fc.uint8Array({ maxLength: 60 }).map((bytes) => {
      const message = Buffer.concat([Buffer.alloc(4), Buffer.from(bytes), hex('00')]);
      message.writeInt32LE(message.length);
      return message;
    });
    let passed = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 5, arbitrary: mutated }, random), (bytes) => {
        try {
          scan(bytes);
        } catch (error) {
          expect(error).to.be.instanceOf(SerializationError).that.includes({ initiator: 'remote' });
          return;
        }
        passed++;
        try {
          deserialize(bytes, options);
        } catch (error) {
          expect(error).to.be.instanceOf(BSONError);
        }
      }),
      { numRuns: 3000 },
    );
    expect(passed).to.be.above(300);
  });
});
