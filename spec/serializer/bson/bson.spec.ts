import {
  Binary,
  BSONRegExp,
  Decimal128,
  deserialize,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  serialize,
  Timestamp,
  UUID,
} from 'bson';
import { expect } from 'chai';
import fc from 'fast-check';

import {
  OptionError,
  SerializationError,
  StreamNotFoundError,
} from '../../../lib/errors/errors.ts';
import { bson, createBson } from '../../../lib/serializer/bson/bson.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import { anyBsonValue } from '../support/bson-arbitraries.ts';
import { decode, encode, expectRefusal, hex, prefixesOf } from '../support/codec.ts';
import { FakeHandles, fakeStream } from '../support/fake-handles.ts';

/** What a tuple is at the other side. */
function travel(tuple: unknown[]): unknown[] {
  return decode(bson, encode(bson, tuple));
}

/** A message whose member 0 is a handle with this content. */
function handleMessage(content: Buffer): Buffer {
  return Buffer.from(serialize({ 0: { rows: [new Binary(content, 0x8b)] } }));
}

function handleContent(serializer: string): Buffer {
  return Buffer.concat([hex('0500000000000000'), Buffer.from(serializer)]);
}

describe('serializer/bson/bson', () => {
  it('has a name and no arity', () => {
    expect(bson.name).to.equal('bson');
    expect(bson.arity).to.equal(undefined);
    expect(Object.isFrozen(bson)).to.equal(true);
  });

  it('writes a tuple as one document with its indexes as keys', () => {
    expect(encode(bson, [])).to.deep.equal(hex('0500000000'));
    expect(encode(bson, [1, 'a'])).to.deep.equal(
      hex('15000000 10 3000 01000000 02 3100 02000000 6100 00'),
    );
    expect(decode(bson, hex('15000000 10 3000 01000000 02 3100 02000000 6100 00'))).to.deep.equal([
      1,
      'a',
    ]);
  });

  it('leaves undefined members and fields out', () => {
    expect(encode(bson, [undefined, 1, undefined])).to.deep.equal(Buffer.from(serialize({ 1: 1 })));
    expect(travel([undefined, 1, undefined])).to.deep.equal([undefined, 1]);
    expect(travel([{ a: undefined, b: 1 }])).to.deep.equal([{ b: 1 }]);
    expect(travel([undefined])).to.deep.equal([]);
  });

  it('turns undefined elements and holes of arrays into null', () => {
    const sparse = [1];
    sparse[2] = 3;
    expect(travel([[undefined, 1], sparse])).to.deep.equal([
      [null, 1],
      [1, null, 3],
    ]);
  });

  it('keeps what BSON has types for', () => {
    const tuple = [
      null,
      true,
      -1,
      2 ** 31,
      0.5,
      -0,
      Infinity,
      'text',
      -5n,
      2n ** 63n - 1n,
      new Date(1e12),
      new ObjectId(),
      Decimal128.fromString('1.50'),
      new Timestamp({ t: 5, i: 6 }),
      new MinKey(),
      new MaxKey(),
      new UUID(),
      new BSONRegExp('^a', 'i'),
      new Binary(Buffer.from('x'), 128),
      new Binary(Buffer.from('x'), 2),
      { a: { b: [1, [2]] } },
    ];
    expect(travel(tuple)).to.deep.equal(tuple);
    expect(travel([Long.fromNumber(7)])).to.deep.equal([7n]);
    expect(travel([new Map([['a', new Map([['b', 1]])]])])).to.deep.equal([{ a: { b: 1 } }]);
  });

  it('gives a UUID for sixteen bytes of its subtype, and a Binary for all others', () => {
    const sixteen = Buffer.alloc(16, 1);
    const sent = [new UUID(sixteen), new Binary(hex('0102'), 4), new Binary(sixteen, 3)];
    const isUuid = (value: unknown): boolean => value instanceof UUID;
    expect(travel(sent).map(isUuid)).to.deep.equal([true, false, false]);
    expect(travel(sent)).to.deep.equal(sent);
  });

  it('sends class instances by their own enumerable fields', () => {
    class Point {
      readonly x = 1;
      get y(): number {
        return 2;
      }
    }
    expect(travel([new Point()])).to.deep.equal([{ x: 1 }]);
    const heir = Object.assign(Object.create({ inherited: () => 1 }) as object, { own: 1 });
    expect(travel([heir])).to.deep.equal([{ own: 1 }]);
  });

  it('E1-bson gives int64 as bigint, whatever its size', () => {
    expect(travel([1n, -(2n ** 63n)])).to.deep.equal([1n, -(2n ** 63n)]);
  });

  it('gives plain bytes as views of the message', () => {
    const message = encode(bson, [{ data: new Uint8Array([1, 2, 3]) }, Buffer.alloc(0)]);
    const [{ data }, empty] = decode(bson, message) as [{ data: Buffer }, Buffer];
    expect(data).to.deep.equal(hex('010203'));
    expect(data.buffer).to.equal(message.buffer);
    message[message.indexOf(hex('010203'))] = 9;
    expect(data[0]).to.equal(9);
    expect(empty).to.have.length(0);
  });

  it('writes what js-bson writes, and reads what it reads', () => {
    fc.assert(
      fc.property(fc.array(anyBsonValue(), { maxLength: 12 }), (tuple) => {
        const expected = Buffer.from(serialize(Object.assign({}, tuple)));
        expect(encode(bson, tuple).equals(expected)).to.equal(true);
        expect(decode(bson, expected)).to.deep.equal(tuple);
      }),
      { numRuns: 1000 },
    );
  });

  it('writes what js-bson writes for messages of any size', () => {
    for (const length of [5_000, 16_384, 65_536, 1_000_000]) {
      const tuple = ['x'.repeat(length), Buffer.alloc(length, 7)];
      const expected = Buffer.from(serialize(Object.assign({}, tuple)));
      expect(encode(bson, tuple).equals(expected)).to.equal(true);
    }
  });

  it('refuses every cut and every extension of a message', () => {
    const message = encode(bson, [{ a: [1, 'b', hex('0102')], c: new UUID() }, 5n]);
    for (const prefix of prefixesOf(message)) {
      expect(() => decode(bson, prefix)).to.throw(SerializationError);
    }
    expect(() => decode(bson, Buffer.concat([message, hex('00')]))).to.throw(SerializationError);
  });

  it('refuses a member that is there twice', () => {
    expectRefusal(() => decode(bson, hex('0b000000 0a3000 0a3000 00')), {
      path: '',
      message: 'a member of the tuple is there twice',
      initiator: 'remote',
    });
    expect(decode(bson, hex('0c000000 0a3100 083000 01 00'))).to.deep.equal([true, null]);
  });

  it('names js-bson where it is the one that refuses', () => {
    const message = hex('0c000000 0b 3000 6100 7a00 00');
    expect(() => decode(bson, message)).to.throw(SerializationError, /regular expression option/);
  });

  it('blames the caller when a value changes while it is encoded', () => {
    let reads = 0;
    const value = {
      get field(): string {
        return 'x'.repeat(reads++ * 100_000);
      },
    };
    expectRefusal(() => encode(bson, [value]), { path: '', message: /./, initiator: 'local' });
    const thrower = {
      get field(): string {
        throw new TypeError('not now');
      },
    };
    expectRefusal(() => encode(bson, [thrower]), {
      path: '',
      message: 'not now',
      initiator: 'local',
    });
  });

  describe('streams', () => {
    it('stand at any depth, and come back with their serializers', () => {
      const handles = new FakeHandles();
      const tuple = [
        fakeStream(1n, 'bson'),
        { title: 'x', rows: fakeStream(2n, 'raw'), deep: [[{ s: fakeStream(3n, 'packed(i32)') }]] },
      ];
      const message = encode(bson, tuple, handles);
      expect(decode(bson, message, handles)).to.deep.equal(tuple);
      expect(handles.resolved.map(({ id }) => id)).to.deep.equal([1n, 2n, 3n]);
      expect(handles.resolved[0]?.serializer).to.equal(bson);
      expect(handles.resolved[1]?.serializer).to.equal(raw);
      expect(handles.resolved[2]?.serializer?.name).to.equal('packed(i32)');
    });

    it('are Binaries of subtype 0x8b with id and serializer', () => {
      expect(encode(bson, [fakeStream(0x20000n, 'bson')])).to.deep.equal(
        hex('19000000 05 3000 0c000000 8b 0000020000000000 62736f6e 00'),
      );
    });

    it('that are values travel by their numbers, up to the largest safe one', () => {
      const handles = new FakeHandles();
      const rows = { [Symbol.asyncIterator]: () => ({}) };
      expect(bson.streamsIn?.([1, null, { rows }])).to.deep.equal([rows]);
      const message = encode(bson, [{ rows }], handles);
      expect(decode(bson, message, handles)).to.deep.equal([
        { rows: { number: 2, serializer: bson } },
      ]);
      const numbered = (number: bigint): Buffer => {
        const content = handleContent('bson');
        content.writeBigUInt64LE(number);
        return Buffer.from(serialize({ 0: new Binary(content, 0x8c) }));
      };
      const largest = Number.MAX_SAFE_INTEGER;
      expect(decode(bson, numbered(BigInt(largest)))).to.deep.equal([
        { number: largest, serializer: bson },
      ]);
      expectRefusal(() => decode(bson, numbered(BigInt(largest) + 1n)), {
        path: '[0]',
        message: 'the stream handle is malformed',
        initiator: 'remote',
      });
    });

    it('leave the values that hold them unchanged', () => {
      const rows = fakeStream(2n, 'raw');
      const value = Object.freeze({ rows, list: Object.freeze([rows]) });
      encode(bson, [value]);
      expect(value).to.deep.equal({ rows, list: [rows] });
    });

    it('of packed messages may carry streams of BSON', () => {
      const handles = new FakeHandles();
      decode(bson, handleMessage(handleContent('packed(stream(bson))')), handles);
      const inner = handles.resolved[0]?.serializer;
      inner?.decode(hex('0900000000000000'), handles);
      expect(handles.resolved[1]).to.deep.equal({ id: 9n, serializer: bson });
    });

    for (const [what, content, message] of [
      ['without a name', hex('0500000000000000'), 'the stream handle is malformed'],
      ['cut', hex('05000000'), 'the stream handle is malformed'],
      ['with a name that is not UTF-8', hex('0500000000000000 ff'), 'is malformed'],
      ['of an unknown serializer', handleContent('json'), 'unknown serializer "json"'],
      ['of a malformed signature', handleContent('packed(i32'), 'unknown serializer'],
      ['of a signature too long', handleContent('x'.repeat(5000)), 'above 1024 characters'],
      ['with control characters', handleContent('a\n\u001b'), '"a\\n\\u001b"'],
    ] as const) {
      it(`${what} are refused before any stream is taken`, () => {
        const handles = new FakeHandles();
        const good = encode(bson, [{ rows: fakeStream(1n, 'raw') }]);
        expect(decode(bson, good, handles)).to.have.length(1);
        expectRefusal(() => decode(bson, handleMessage(content), handles), {
          path: '[0].rows[0]',
          message,
          initiator: 'remote',
        });
        expect(handles.resolved).to.have.length(1);
      });
    }

    it('pass on what the connection says of them', () => {
      const handles = new FakeHandles();
      handles.resolve = () => {
        throw new StreamNotFoundError('no stream 5', 'remote');
      };
      const message = handleMessage(handleContent('bson'));
      expect(() => decode(bson, message, handles)).to.throw(StreamNotFoundError);
    });

    it('in a field that is there twice are not taken, as the last one counts', () => {
      const handles = new FakeHandles();
      const once = Buffer.from(serialize({ a: new Binary(handleContent('bson'), 0x8b), b: 1 }));
      once[once.indexOf('\x10b\0', 0, 'latin1') + 1] = 0x61;
      const length = Buffer.alloc(4);
      length.writeInt32LE(once.length + 8);
      const message = Buffer.concat([length, hex('03 3000'), once, hex('00')]);
      expect(decode(bson, message, handles)).to.deep.equal([{ a: 1 }]);
      expect(handles.resolved).to.have.length(0);
    });
  });

  describe('E1-bson pollution', () => {
    const payloads = ['__proto__', '_bsontype'].flatMap((key) => [
      `03 6100 ${hexDocument(`03 ${hexKey(key)} ${hexDocument('08 78 00 01')}`)}`,
      `02 ${hexKey(key)} 02000000 7800`,
    ]);

    for (const payload of payloads) {
      it(`is refused: ${payload.slice(0, 40)}`, () => {
        const before = Object.getOwnPropertyNames(Object.prototype);
        const message = hex(hexDocument(`03 3000 ${hexDocument(payload)}`));
        expect(() => decode(bson, message)).to.throw(SerializationError, 'the key is refused');
        expect(Object.getOwnPropertyNames(Object.prototype)).to.deep.equal(before);
      });
    }

    it('cannot come of any record that is accepted', () => {
      const message = Buffer.from(serialize({ 0: { constructor: { prototype: { x: 1 } } } }));
      const [value] = decode(bson, message) as [object];
      expect(Object.getPrototypeOf(Object.assign({}, value))).to.equal(Object.prototype);
      expect(({} as { x?: number }).x).to.equal(undefined);
      expect(() => serialize({ value })).to.not.throw();
      const strict = createBson({ refuseKeys: ['constructor', 'prototype'] });
      expectRefusal(() => decode(strict, message), {
        path: '[0].constructor',
        message: 'the key is refused',
        initiator: 'remote',
      });
    });

    it('would come of what js-bson alone accepts', () => {
      const message = hex(hexDocument(`03 ${hexKey('__proto__')} ${hexDocument('08 7800 01')}`));
      expect(Object.getPrototypeOf(Object.assign({}, deserialize(message)))).to.not.equal(
        Object.prototype,
      );
    });
  });

  it('E1-bson gives regular expressions that cannot be run', () => {
    const [value] = travel([new BSONRegExp('(a+)+$', '')]);
    expect(value).to.be.instanceOf(BSONRegExp);
  });

  it('holds its limits in both directions', () => {
    const small = createBson({ maxDepth: 1, maxKeys: 3 });
    const deep = encode(bson, [{ a: [] }]);
    const wide = encode(bson, [1, 2, 3, 4]);
    expect(decode(small, encode(small, [{ a: 1 }, 2]))).to.deep.equal([{ a: 1 }, 2]);
    expect(() => decode(small, deep)).to.throw(SerializationError, 'maxDepth');
    expect(() => encode(small, [{ a: [] }])).to.throw(SerializationError, 'maxDepth');
    expect(() => decode(small, wide)).to.throw(SerializationError, 'maxKeys');
    expect(() => encode(small, [1, 2, 3, 4])).to.throw(SerializationError, 'maxKeys');
    expect(() => createBson({ maxDepth: 0 })).to.throw(OptionError, /^createBson: .*maxDepth/);
  });

  it('E1-bson throws nothing but SerializationErrors for mutated messages', () => {
    const handles = new FakeHandles();
    const change = fc.tuple(
      fc.nat(),
      fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x8b, 255)),
    );
    const messages = fc
      .tuple(fc.array(anyBsonValue(), { maxLength: 3 }), fc.array(change, { maxLength: 5 }))
      .map(([tuple, changes]) => {
        const bytes = encode(bson, [...tuple, fakeStream(1n, 'packed(i32)')]);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(messages, (bytes) => {
        try {
          decode(bson, bytes, handles);
        } catch (error) {
          expect(error).to.be.instanceOf(SerializationError).that.includes({ initiator: 'remote' });
        }
      }),
      { numRuns: 3000 },
    );
    expect(handles.resolved.length).to.be.above(100);
  });
});

/** A document around elements, in hex. */
function hexDocument(elements: string): string {
  const length = Buffer.alloc(4);
  length.writeInt32LE(hex(elements).length + 5);
  return `${length.toString('hex')} ${elements} 00`;
}

function hexKey(name: string): string {
  return `${Buffer.from(name).toString('hex')}00`;
}
