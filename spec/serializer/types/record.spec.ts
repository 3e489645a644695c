import { BSON, Double, serialize } from 'bson';
import { expect } from 'chai';

import { MisuseError, SerializationError } from '../../../lib/errors/errors.ts';
import { bson } from '../../../lib/serializer/bson/bson.ts';
import { array } from '../../../lib/serializer/types/array.ts';
import { f32 } from '../../../lib/serializer/types/floats.ts';
import { i32 } from '../../../lib/serializer/types/integers.ts';
import { map } from '../../../lib/serializer/types/map.ts';
import { optional } from '../../../lib/serializer/types/optional.ts';
import { packed } from '../../../lib/serializer/packed/packed.ts';
import { sourceOf } from '../../../lib/serializer/types/stream-member.ts';
import { string } from '../../../lib/serializer/types/string.ts';
import { any } from '../../../lib/serializer/types/any.ts';
import type { FieldType } from '../../../lib/serializer/shape/field-type.ts';
import { record } from '../../../lib/serializer/types/record.ts';
import { createShaped, shaped } from '../../../lib/serializer/shape/shaped.ts';
import { STREAM_HANDLE } from '../../../lib/types/stream-handle.ts';
import { decode, encode, expectRefusal, hex } from '../support/codec.ts';
import { FakeHandles, fakeSink, fakeSource } from '../support/fake-handles.ts';
import { jsBson } from '../support/shape-properties.ts';

const row = record({ seq: i32, key: string, note: optional(string) });

/** As the types forbid it. */
function write(type: FieldType<unknown>, value: unknown): Buffer {
  return encode(shaped(type), [value]);
}

function refusesToWrite(
  type: FieldType<unknown>,
  value: unknown,
  path: string,
  message: string,
): void {
  expectRefusal(() => write(type, value), { path, message, initiator: 'local' });
}

function refusesToRead(
  type: FieldType<unknown>,
  bytes: Buffer,
  path: string,
  message: string,
): void {
  expectRefusal(() => decode(shaped(type), bytes), { path, message, initiator: 'remote' });
}

/** A document of these elements, in hex. */
function document(...elements: string[]): Buffer {
  const body = hex(elements.join(''));
  const length = Buffer.alloc(4);
  length.writeInt32LE(body.length + 5);
  return Buffer.concat([length, body, hex('00')]);
}

/** A tuple of one record of these elements. */
function tupleOf(...elements: string[]): Buffer {
  return document(`033000${document(...elements).toString('hex')}`);
}

describe('serializer/shape/record', () => {
  it('is a serializer of one record, named as the BSON that it writes', () => {
    expect(row).to.include({ name: 'bson', arity: 1 });
    expect(Object.isFrozen(row)).to.equal(true);
    const bytes = encode(row, [{ seq: 1, key: 'k' }]);
    expect(bytes).to.deep.equal(
      hex('21000000 03 3000 19000000 10 73657100 01000000 02 6b657900 02000000 6b00 00 00'),
    );
    expect(bytes).to.deep.equal(jsBson({ seq: 1, key: 'k' }));
    expect(decode(row, bytes)).to.deep.equal([{ seq: 1, key: 'k' }]);
  });

  it('is read by a plain serializer, and reads what that writes', () => {
    const value = { seq: -5, key: 'né', note: '' };
    expect(decode(bson, encode(row, [value]))).to.deep.equal([value]);
    expect(decode(row, encode(bson, [value]))).to.deep.equal([value]);
  });

  it('writes fields in the declared order and reads them in any', () => {
    const turned = { note: 'n', key: 'k', seq: 1 };
    expect(write(row, turned)).to.deep.equal(jsBson({ seq: 1, key: 'k', note: 'n' }));
    expect(decode(row, jsBson(turned))).to.deep.equal([turned]);
    expect(decode(row, jsBson({ key: 'k', seq: 1 }))).to.deep.equal([{ key: 'k', seq: 1 }]);
  });

  it('leaves undefined optional fields out', () => {
    const bytes = encode(row, [{ seq: 1, key: 'k', note: undefined }]);
    expect(bytes).to.deep.equal(jsBson({ seq: 1, key: 'k' }));
    const [value] = decode(row, bytes);
    expect(Object.keys(value)).to.deep.equal(['seq', 'key']);
  });

  it('refuses a missing field with its path, in both directions', () => {
    const outer = record({ list: array(row) });
    const value = { list: [{ seq: 1, key: 'k' }, { seq: 2 }] };
    refusesToWrite(outer, value, '[0].list[1].key', 'string takes a string, got undefined');
    refusesToRead(outer, jsBson(value), '[0].list[1].key', 'is missing');
    refusesToRead(row, jsBson({}), '[0].seq', 'is missing');
    refusesToRead(row, document(), '[0]', 'is missing');
    refusesToRead(record({ r: row }), jsBson({ r: {}, s: 1 }), '[0].r.seq', 'is missing');
  });

  it('writes no field that is not declared, and drops it when read', () => {
    const more = { extra: { deep: [1] }, seq: 1, key: 'k', other: 2n };
    expect(write(row, more)).to.deep.equal(jsBson({ seq: 1, key: 'k' }));
    expect(decode(row, jsBson(more))).to.deep.equal([{ seq: 1, key: 'k' }]);
  });

  it('judges what it drops as any BSON is judged', () => {
    const fields = ['10 73657100 01000000', '02 6b657900 01000000 00'];
    const refused = (element: string, path: string, message: string): void =>
      refusesToRead(row, tupleOf(...fields, element), path, message);
    refused('02 7800 05000000 6100', '[0].x', 'a string of 5 bytes where 2 bytes are left');
    refused('02 7800 02000000 ff00', '[0].x', 'the string is not valid UTF-8');
    refused('03 7800 ffffff7f 00', '[0].x', 'a document of 2147483647 bytes');
    refused('0d 7800 01000000 00', '[0].x', 'BSON type Code is refused');
    refused('0a 5f5f70726f746f5f5f00', '[0].__proto__', 'the key is refused');
    refused('00 7800', '[0].x', 'unknown BSON type 0x00');
    refused('0a 78', '[0].x', 'a text runs past the end of its document');
    let deep: unknown = 1;
    for (let i = 0; i < 100; i++) deep = [deep];
    const bytes = jsBson({ seq: 1, key: 'k', deep });
    refusesToRead(row, bytes, `[0].deep${'[0]'.repeat(99)}`, 'nested deeper than 100 levels');
  });

  it('takes the last of a field that is there twice', () => {
    const seq = (hexadecimal: string): string => `10 73657100 ${hexadecimal}`;
    const key = '02 6b657900 01000000 00';
    const bytes = tupleOf(seq('01000000'), key, seq('02000000'));
    expect(decode(row, bytes)).to.deep.equal([{ seq: 2, key: '' }]);
    expect(decode(row, tupleOf(key, seq('01000000'), seq('03000000')))).to.deep.equal([
      { seq: 3, key: '' },
    ]);
    expect(decode(bson, bytes)).to.deep.equal([{ seq: 2, key: '' }]);
  });

  it('refuses the second of a field that may hold a stream', () => {
    const type = record({ any, n: i32 });
    const bytes = tupleOf('0a 616e7900', '10 6e00 01000000', '0a 616e7900');
    refusesToRead(type, bytes, '[0].any', 'is there twice');
  });

  it('does not take for a field what every object inherits', () => {
    const type = record({ constructor: optional(string), toString: optional(i32) });
    expect(write(type, {})).to.deep.equal(jsBson({}));
    expect(write(type, { constructor: 'c' })).to.deep.equal(jsBson({ constructor: 'c' }));
    expect(decode(type, jsBson({ toString: 1 }))).to.deep.equal([{ toString: 1 }]);
  });

  it('reads the fields of class instances', () => {
    class Row {
      readonly seq = 1;
      get key(): string {
        return 'k';
      }
    }
    expect(write(row, new Row())).to.deep.equal(jsBson({ seq: 1, key: 'k' }));
  });

  it('refuses what is no record', () => {
    const type = record({ a: optional(i32) });
    refusesToWrite(type, undefined, '[0]', 'record takes an object, got undefined');
    refusesToWrite(type, null, '[0]', 'record takes an object, got null');
    refusesToWrite(type, 1, '[0]', 'record takes an object, got a number');
    refusesToWrite(type, [], '[0]', 'record takes an object, got an array');
    refusesToWrite(type, new Map(), '[0]', "a value of Map can't be sent");
    refusesToWrite(type, new Date(), '[0]', "a value of Date can't be sent");
    refusesToWrite(type, Promise.resolve(), '[0]', 'await it first');
    refusesToWrite(type, new Double(1), '[0]', "a Double can't be a record");
    class Handle {
      readonly [STREAM_HANDLE] = 'sink';
    }
    refusesToWrite(type, new Handle(), '[0]', "a stream can't be a record");
    refusesToRead(type, jsBson([1]), '[0]', 'record was expected, got array');
    refusesToRead(type, jsBson(null), '[0]', 'record was expected, got null');
  });

  it('takes any name but those that mislead, none of them as code', () => {
    const names = ['a"]; throw 1; //', '\\', '`${1}`', '\u2028', 'né', '', ' ', '$ref', '1', '*/'];
    const type = record(Object.fromEntries(names.map((name) => [name, i32])));
    const value = Object.fromEntries(names.map((name, i) => [name, i]));
    expect(write(type, value)).to.deep.equal(jsBson(value));
    expect(decode(type, jsBson(value))).to.deep.equal([value]);
    for (const name of ['__proto__', '_bsontype', 'a\0b', '\ud800']) {
      expect(() => record({ [name]: i32 })).to.throw(MisuseError, "can't have this name");
    }
    expect(() => record({ $ref: i32, $id: i32 })).to.throw(MisuseError, 'DBRef');
  });

  it('may have any number of fields', () => {
    for (const count of [0, 1, 63, 64, 65, 1_000]) {
      const names = Array.from({ length: count }, (_, i) => `field${i}`);
      const type = record(Object.fromEntries(names.map((name) => [name, optional(i32)])));
      const value = Object.fromEntries(names.map((name, i) => [name, i]));
      expect(write(type, value).equals(jsBson(value))).to.equal(true);
      expect(decode(type, jsBson(value))).to.deep.equal([value]);
      expect(decode(type, jsBson({}))).to.deep.equal([{}]);
    }
  });

  it('refuses to be declared with what is no type of BSON', () => {
    const declare = (type: unknown) => () => record({ a: type as FieldType<unknown> });
    expect(declare(f32)).to.throw(MisuseError, 'record: field "a" is no type of BSON');
    expect(declare(map(i32, string))).to.throw(MisuseError, 'is no type of BSON');
    expect(declare('i32')).to.throw(MisuseError, 'is no type of BSON');
    expect(() => record(null as never)).to.throw(MisuseError, 'takes an object of fields');
    expect(() => array(optional(row) as never)).to.throw(MisuseError, "can't be optional");
    expect(() => packed(row as never)).to.throw(MisuseError, 'is not a member');
  });

  describe('with streams', () => {
    const request = record({ name: string, rows: sourceOf(row) });
    const handle = (serializer: string): Buffer =>
      encode(bson, [{ name: 'n', rows: fakeSink(5n, serializer) }]);

    it('writes a handle as a plain serializer does, and reads the stream with its own', () => {
      const bytes = encode(request, [{ name: 'n', rows: fakeSource(5n, 'bson') }]);
      expect(bytes).to.deep.equal(handle('bson'));
      const handles = new FakeHandles();
      decode(request, bytes, handles);
      expect(handles.resolved).to.deep.equal([{ id: 5n, serializer: row }]);
      expect(handles.resolved[0]?.serializer).to.equal(row);
    });

    it('refuses streams of another serializer, and what is none', () => {
      const refused = 'takes a stream of bson, got one of raw';
      const other = { name: 'n', rows: fakeSource(5n, 'raw') };
      refusesToWrite(request, other, '[0].rows', refused);
      refusesToWrite(request, { name: 'n', rows: {} }, '[0].rows', 'takes a sink');
      const expected = 'a stream of bson was expected, got one of raw';
      refusesToRead(request, handle('raw'), '[0].rows', expected);
      const bytes = jsBson({ name: 'n', rows: new BSON.Binary(Buffer.alloc(8), 0x8b) });
      refusesToRead(request, bytes, '[0].rows', 'the stream handle is malformed');
      refusesToRead(request, jsBson({ name: 'n', rows: 1 }), '[0].rows', 'got int32');
      const plain = jsBson({ name: 'n', rows: Buffer.alloc(9) });
      refusesToRead(request, plain, '[0].rows', 'got a binary of subtype 0x0');
    });

    it('refuses a stream that is named twice', () => {
      const [, element = ''] = /(0572.*)0000$/.exec(handle('bson').toString('hex')) ?? [];
      const name = '02 6e616d6500 01000000 00';
      expect(decode(request, tupleOf(name, element))).to.have.length(1);
      refusesToRead(request, tupleOf(name, element, element), '[0].rows', 'is there twice');
      refusesToRead(request, tupleOf(element, element, name), '[0].rows', 'is there twice');
      const streams = record({ all: map(string, sourceOf(row)) });
      const twice = tupleOf(`0361 6c6c00${document(element, element).toString('hex')}`);
      refusesToRead(streams, twice, '[0].all.rows', 'is there twice');
    });
  });

  describe('limits', () => {
    const tight = createShaped({ maxDepth: 3, maxKeys: 4, refuseKeys: ['secret'] });
    const nested = record({ a: record({ b: array(i32) }) });
    const deeper = record({ a: record({ b: array(array(i32)) }) });

    it('of depth hold in both directions', () => {
      const value = { a: { b: [1] } };
      expect(decode(tight(nested), encode(tight(nested), [value]))).to.deep.equal([value]);
      const expected = { path: '[0].a.b[0]', message: 'nested deeper than 3 levels (maxDepth)' };
      const tooDeep = { a: { b: [[]] } };
      const attempt = (): unknown => encode(tight(deeper), [tooDeep]);
      expectRefusal(attempt, { ...expected, initiator: 'local' });
      expectRefusal(() => decode(tight(deeper), jsBson(tooDeep)), {
        ...expected,
        initiator: 'remote',
      });
      const open = record({ a: record({ x: any }) });
      const within = { a: { x: [1] } };
      expect(decode(tight(open), encode(tight(open), [within]))).to.deep.equal([within]);
      expectRefusal(() => encode(tight(open), [{ a: { x: [{}] } }]), {
        path: '[0].a.x[0]',
        message: 'nested deeper than 3 levels',
        initiator: 'local',
      });
    });

    it('of keys count elements and what is not declared', () => {
      const list = array(i32);
      expect(decode(tight(list), encode(tight(list), [[1, 2, 3, 4]]))).to.deep.equal([
        [1, 2, 3, 4],
      ]);
      const message = 'more than 4 keys (maxKeys)';
      const attempt = (): unknown => encode(tight(list), [[1, 2, 3, 4, 5]]);
      expectRefusal(attempt, { path: '[0]', message, initiator: 'local' });
      const five = jsBson([1, 2, 3, 4, 5]);
      expectRefusal(() => decode(tight(list), five), {
        path: '[0][4]',
        message,
        initiator: 'remote',
      });
      const open = record({ x: any, y: any });
      const half = { x: [1], y: [1] };
      expect(decode(tight(open), encode(tight(open), [half]))).to.deep.equal([half]);
      const full = { x: [1, 2], y: [1, 2, 3] };
      expect(() => encode(tight(open), [full])).to.throw(SerializationError, message);
      expect(() => decode(tight(open), jsBson(full))).to.throw(SerializationError, message);
    });

    it('of keys count what is read once, in whatever order it comes', () => {
      const type = record({ n: i32, inner: record({ n: i32, list: array(i32) }) });
      const turned = { inner: { list: [1, 2, 3, 4], n: 2 }, n: 1 };
      expect(decode(tight(type), jsBson(turned))).to.deep.equal([turned]);
      const full = { inner: { list: [1, 2, 3, 4], n: 2 }, more: 0, n: 1 };
      expect(() => decode(tight(type), jsBson(full))).to.throw(SerializationError, 'maxKeys');
    });

    it('of names concern what is not declared', () => {
      const secret = jsBson({ a: 1, secret: 1 });
      const refused = { path: '[0].secret', message: 'the key is refused' };
      expectRefusal(() => decode(tight(record({ a: i32 })), secret), {
        ...refused,
        initiator: 'remote',
      });
      const declared = tight(record({ a: i32, secret: i32 }));
      expect(decode(declared, secret)).to.deep.equal([{ a: 1, secret: 1 }]);
    });
  });

  it('writes messages of any size, across slabs and by reference', () => {
    const type = record({ list: array(row), text: string, more: string });
    for (const length of [1, 4_096, 4_097, 16_384, 70_000, 300_000]) {
      const list = Array.from({ length: 3_000 }, (_, seq) => ({ seq, key: `key ${seq}` }));
      const value = { list, text: 'x'.repeat(length), more: 'é'.repeat(length) };
      expect(encode(type, [value]).equals(Buffer.from(serialize({ 0: value })))).to.equal(true);
      expect(decode(type, encode(type, [value]))).to.deep.equal([value]);
    }
  });
});
