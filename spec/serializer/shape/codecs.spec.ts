import {
  Binary,
  Decimal128,
  Double,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  serialize,
  Timestamp,
  UUID,
} from 'bson';
import { expect } from 'chai';

import { MisuseError, StreamNotFoundError } from '../../../lib/errors/errors.ts';
import { array } from '../../../lib/serializer/types/array.ts';
import { bool } from '../../../lib/serializer/types/bool.ts';
import { bytes } from '../../../lib/serializer/types/bytes.ts';
import { f32, f64 } from '../../../lib/serializer/types/floats.ts';
import { i64, u64 } from '../../../lib/serializer/types/int64.ts';
import { i16, i32, i8, u16, u32, u8 } from '../../../lib/serializer/types/integers.ts';
import { map } from '../../../lib/serializer/types/map.ts';
import { optional } from '../../../lib/serializer/types/optional.ts';
import { packed } from '../../../lib/serializer/packed/packed.ts';
import { string } from '../../../lib/serializer/types/string.ts';
import type { Serializer } from '../../../lib/serializer/serializer.ts';
import { any } from '../../../lib/serializer/types/any.ts';
import { date } from '../../../lib/serializer/types/date.ts';
import type { FieldType } from '../../../lib/serializer/shape/field-type.ts';
import { nullable } from '../../../lib/serializer/types/nullable.ts';
import { objectId } from '../../../lib/serializer/types/object-id.ts';
import { record } from '../../../lib/serializer/types/record.ts';
import { tuple } from '../../../lib/serializer/types/tuple.ts';
import { shaped } from '../../../lib/serializer/shape/shaped.ts';
import { decode, encode, expectRefusal } from '../support/codec.ts';
import { FakeHandles, fakeStream } from '../support/fake-handles.ts';
import { expectSame } from '../support/shape-properties.ts';

const PATH = '[0].f["a b"][1]';

/** A value two containers deep, so that refusals show the path. */
function within(value: unknown, good: unknown): Record<string, unknown> {
  return { f: new Map([['a b', [good, value]]]) };
}

function typeWithin(type: FieldType<unknown>): Serializer<[object]> {
  return shaped(record({ f: map(string, array(type)) }) as FieldType<object>);
}

function message(value: unknown): Buffer {
  return Buffer.from(serialize({ 0: value }));
}

interface Case {
  readonly type: FieldType<unknown>;
  /** Written as js-bson writes them, and read again. */
  readonly taken: readonly unknown[];
  /** Refused when written, with what is said. */
  readonly refused: readonly (readonly [unknown, string])[];
  /** Written by js-bson and refused when read. */
  readonly unread: readonly (readonly [unknown, string])[];
}

const INTEGER_REFUSALS = [
  [1.5, 'got 1.5'],
  [NaN, 'got NaN'],
  [Infinity, 'got Infinity'],
  [1n, 'got a bigint'],
  ['1', 'got a string'],
  [null, 'got null'],
  [undefined, 'got undefined'],
] as const;

function integers(type: FieldType<unknown>, min: number, max: number): Case {
  const bounds = `takes an integer from ${min} to ${max}, got`;
  return {
    type,
    taken: [0, -0, 1, min, max],
    refused: [...INTEGER_REFUSALS, [min - 1, bounds], [max + 1, bounds]],
    unread: [
      [min - 1, bounds],
      [max + 1, bounds],
      [0.5, 'got 0.5'],
      [1n, 'was expected, got int64'],
      ['1', 'was expected, got string'],
      [null, 'was expected, got null'],
    ],
  };
}

const id = new ObjectId();

/** With the bytes that the shortest of them takes. */
const PACKED = [
  [i8, 'i8', 1],
  [u8, 'u8', 1],
  [i16, 'i16', 2],
  [u16, 'u16', 2],
  [i32, 'i32', 4],
  [u32, 'u32', 4],
  [i64, 'i64', 8],
  [u64, 'u64', 8],
  [f32, 'f32', 4],
  [f64, 'f64', 8],
  [bool, 'bool', 1],
  [string, 'string', 4],
  [bytes, 'bytes', 4],
] as const;

const CASES: Readonly<Record<string, Case>> = {
  i8: integers(i8, -128, 127),
  u8: integers(u8, 0, 255),
  i16: integers(i16, -32_768, 32_767),
  u16: integers(u16, 0, 65_535),
  i32: integers(i32, -(2 ** 31), 2 ** 31 - 1),
  u32: integers(u32, 0, 2 ** 32 - 1),
  f64: {
    type: f64,
    taken: [0, -0, 1, -1, 0.5, 2 ** 31, -(2 ** 31), 2 ** 53, NaN, Infinity, 1e-320],
    refused: [
      [1n, 'f64 takes a number, got a bigint'],
      ['1', 'f64 takes a number, got a string'],
    ],
    unread: [
      [1n, 'f64 was expected, got int64'],
      [true, 'f64 was expected, got boolean'],
    ],
  },
  i64: {
    type: i64,
    taken: [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)],
    refused: [
      [2n ** 63n, 'got 9223372036854775808'],
      [-(2n ** 63n) - 1n, 'in BSON i64 is a bigint from'],
      [1, 'i64 takes a bigint, got a number'],
    ],
    unread: [
      [0.5, 'i64 was expected, got double'],
      [new Timestamp({ t: 1, i: 1 }), 'i64 was expected, got timestamp'],
    ],
  },
  u64: {
    type: u64,
    taken: [0n, 1n, 2n ** 63n - 1n],
    refused: [
      [2n ** 63n, 'in BSON u64 is a bigint from 0 to 9223372036854775807'],
      [-1n, 'got -1'],
      [0, 'u64 takes a bigint, got a number'],
    ],
    unread: [[-1n, 'got -1']],
  },
  bool: {
    type: bool,
    taken: [true, false],
    refused: [[1, 'bool takes a boolean, got a number']],
    unread: [[1, 'bool was expected, got int32']],
  },
  string: {
    type: string,
    taken: [
      '',
      'a',
      'fifteen letters',
      'sixteen letters.',
      'seventeen letters',
      'é',
      'a\0b',
      '\ufffd',
      '\u{1f600}',
      'é'.repeat(4_096),
      'é'.repeat(4_097),
      'x'.repeat(100_000),
    ],
    refused: [
      ['\ud800', 'the string has a lone surrogate'],
      [`${'x'.repeat(20)}\udc00`, 'the string has a lone surrogate'],
      [`${'x'.repeat(5_000)}\udc00`, 'the string has a lone surrogate'],
      [1, 'string takes a string, got a number'],
      [null, 'string takes a string, got null'],
    ],
    unread: [
      [1, 'string was expected, got int32'],
      [new MinKey(), 'string was expected, got MinKey'],
    ],
  },
  bytes: {
    type: bytes,
    taken: [Buffer.alloc(0), Buffer.from('abc'), Buffer.alloc(16_384, 1), Buffer.alloc(70_000, 2)],
    refused: [
      ['abc', 'bytes takes a Uint8Array, got a string'],
      [new Uint16Array(1), 'bytes takes a Uint8Array, got an object'],
      [[1], 'bytes takes a Uint8Array'],
    ],
    unread: [
      ['abc', 'bytes was expected, got string'],
      [new UUID(), 'bytes was expected, got a binary of subtype 0x4'],
      [new Binary(Buffer.from('x'), 0x80), 'got a binary of subtype 0x80'],
    ],
  },
  date: {
    type: date,
    taken: [0, -1, 1, 1e12, -1e12, 2 ** 32, -(2 ** 32), 8.64e15, -8.64e15].map(
      (ms) => new Date(ms),
    ),
    refused: [
      [new Date(NaN), 'the date is invalid'],
      [0, 'date takes a Date, got a number'],
      ['2024-01-01', 'date takes a Date, got a string'],
    ],
    unread: [[0n, 'date was expected, got int64']],
  },
  objectId: {
    type: objectId,
    taken: [id, new ObjectId('00'.repeat(12))],
    refused: [
      [id.toHexString(), 'objectId takes an ObjectId, got a string'],
      [{}, 'objectId takes an ObjectId, got an object'],
      [new Long(1), 'objectId takes an ObjectId'],
    ],
    unread: [[Buffer.alloc(12), 'objectId was expected, got binary']],
  },
  'nullable(string)': {
    type: nullable(string),
    taken: [null, '', 'null'],
    refused: [
      [undefined, 'string takes a string, got undefined'],
      [1, 'string takes a string, got a number'],
    ],
    unread: [[1, 'string was expected, got int32']],
  },
  'array(i32)': {
    type: array(i32),
    taken: [[], [1], Array.from({ length: 1_234 }, (_, i) => i)],
    refused: [
      [{ 0: 1 }, 'array(i32) takes an array, got an object'],
      [new Int32Array(1), 'array(i32) takes an array'],
    ],
    unread: [[{ 0: 1 }, 'array(i32) was expected, got document']],
  },
  'map(string, i32)': {
    type: map(string, i32),
    taken: [
      new Map(),
      new Map([['a', 1]]),
      new Map([
        ['é'.repeat(30), 1],
        ['', 2],
      ]),
    ],
    refused: [
      [{ a: 1 }, 'map(string,i32) takes a Map, got an object'],
      [
        new Map([
          ['$ref', 1],
          ['$id', 1],
        ]),
        'both $ref and $id',
      ],
    ],
    unread: [
      [[1], 'map(string,i32) was expected, got array'],
      [{ a: '1' }, 'i32 was expected, got string'],
    ],
  },
  any: {
    type: any,
    taken: [
      null,
      1,
      -0,
      1n,
      'x',
      { a: [1, { b: null }] },
      Buffer.from('abc'),
      new UUID(),
      new Decimal128('1.5'),
      new MaxKey(),
      Buffer.alloc(30_000, 1),
      'x'.repeat(100_000),
    ],
    refused: [
      [undefined, 'any takes a value, got undefined'],
      [() => 1, "a function can't be sent"],
      [2n ** 63n, 'does not fit an int64'],
    ],
    unread: [],
  },
};

describe('serializer/shape codecs', () => {
  for (const [name, { type, taken, refused, unread }] of Object.entries(CASES)) {
    it(`${name} writes and reads as js-bson does`, () => {
      for (const value of taken) {
        const tuple: [object] = [within(value, taken[0])];
        const expected = message(tuple[0]);
        expect(encode(typeWithin(type), tuple).equals(expected)).to.equal(true);
        expectSame(decode(typeWithin(type), expected), tuple);
      }
    });

    it(`${name} refuses what does not fit, with the path`, () => {
      for (const [value, problem] of refused) {
        const attempt = (): unknown => encode(typeWithin(type), [within(value, taken[0])]);
        expectRefusal(attempt, { path: PATH, message: problem, initiator: 'local' });
      }
      for (const [value, problem] of unread) {
        const bytes = message(within(value, taken[0]));
        const { path } = captured(() => decode(typeWithin(type), bytes));
        expect(path.startsWith(PATH), path).to.equal(true);
        expectRefusal(() => decode(typeWithin(type), bytes), {
          path,
          message: problem,
          initiator: 'remote',
        });
      }
    });
  }

  it('reads what js-bson writes for its own numbers', () => {
    const read = (type: FieldType<unknown>, value: unknown): unknown =>
      decode(shaped(type), message(value))[0];
    expect(read(i32, new Double(7))).to.equal(7);
    expect(read(u32, new Double(4e9))).to.equal(4e9);
    expect(read(f64, 7)).to.equal(7);
    expect(read(i64, 7)).to.equal(7n);
    expect(read(u64, Long.fromNumber(7))).to.equal(7n);
    expect(read(u64, 7)).to.equal(7n);
  });

  it('gives bytes as views of the message', () => {
    const bytesMessage = message({ data: Buffer.from('abc') });
    const [value] = decode(record({ data: bytes }), bytesMessage);
    expect(value.data.buffer).to.equal(bytesMessage.buffer);
  });

  it('refuses keys of maps as any BSON message has them refused', () => {
    const type = record({ f: map(string, i32) });
    for (const [key, path, problem] of [
      ['__proto__', '[0].f.__proto__', 'the key is refused'],
      ['a\0b', '[0].f["a\\u0000b"]', 'the key contains U+0000'],
      ['\ud800', '[0].f["\\ud800"]', 'the key has a lone surrogate'],
    ] as const) {
      const attempt = (): unknown => encode(type, [{ f: new Map([[key, 1]]) }]);
      expectRefusal(attempt, { path, message: problem, initiator: 'local' });
    }
    const odd = new Map([[1, 1]]) as unknown as Map<string, number>;
    expectRefusal(() => encode(type, [{ f: odd }]), {
      path: '[0].f["1"]',
      message: 'the key of a Map must be a string, got a number',
      initiator: 'local',
    });
    const polluted = message({ f: JSON.parse('{"__proto__": 1}') as object });
    expectRefusal(() => decode(type, polluted), {
      path: '[0].f.__proto__',
      message: 'the key is refused',
      initiator: 'remote',
    });
  });

  it('takes streams anywhere within any, and tells where one is refused', () => {
    const type = record({ a: record({ x: any }) });
    const value = { a: { x: { deep: [fakeStream(7n, 'raw')] } } };
    const handles = new FakeHandles();
    decode(type, encode(type, [value]), handles);
    expect(handles.resolved).to.have.length(1);
    expect(handles.resolved[0]).to.include({ id: 7n });
    const unknown = encode(type, [{ a: { x: { deep: [fakeStream(7n, 'other')] } } }]);
    expectRefusal(() => decode(type, unknown), {
      path: '[0].a.x.deep[0]',
      message: 'unknown serializer "other"',
      initiator: 'remote',
    });
    handles.resolve = () => {
      throw new StreamNotFoundError('no such stream', 'remote');
    };
    const attempt = (): unknown => decode(type, encode(type, [value]), handles);
    expect(attempt).to.throw(StreamNotFoundError, 'no such stream');
    expectRefusal(() => encode(type, [{ a: { x: [1, { y: 2n ** 64n }] } }]), {
      path: '[0].a.x[1].y',
      message: 'does not fit an int64',
      initiator: 'local',
    });
  });

  it('name themselves, and hold streams only where they may hold any value', () => {
    const names = Object.entries(CASES).map(([name, { type }]) => {
      expect(type.bson.name).to.equal(name.replace(', ', ','));
      return type.bson.hasStreams ? name : '';
    });
    expect(names.filter((name) => name !== '')).to.deep.equal(['any']);
    for (const inner of [i32, any]) {
      const { hasStreams } = inner.bson;
      for (const type of [nullable(inner), array(inner), map(string, inner)]) {
        expect(type.bson.hasStreams).to.equal(hasStreams);
      }
    }
  });

  it('name themselves where they are packed and a message is cut', () => {
    for (const [type, name, fixed] of PACKED) {
      expect(packed(type).name).to.equal(`packed(${name})`);
      expectRefusal(() => decode(packed(type), Buffer.alloc(fixed - 1)), {
        path: '[0]',
        message: `${name} runs past the end of the message`,
        initiator: 'remote',
      });
    }
  });

  it('say which of them takes no other type in it', () => {
    for (const [make, name] of [
      [() => nullable(5 as never), 'nullable'],
      [() => array(optional(i32) as never), 'array'],
      [() => optional(optional(i32) as never), 'optional'],
      [() => map(string, optional(i32) as never), 'map'],
      [() => tuple(optional(i32) as never), 'tuple'],
    ] as const) {
      expect(make).to.throw(MisuseError, new RegExp(`^${name}\\b`));
    }
  });

  it('refuse dates, ObjectIds and booleans that are no such, with what is wrong', () => {
    const far = message({ f: new Date(0) });
    far.writeBigInt64LE(BigInt(8.64e15) + 1n, far.indexOf('f\0') + 2);
    expectRefusal(() => decode(record({ f: date }), far), {
      path: '[0].f',
      message: 'a date out of range',
      initiator: 'remote',
    });
    const neither = message({ f: true });
    neither[neither.indexOf('f\0') + 2] = 2;
    expectRefusal(() => decode(record({ f: bool }), neither), {
      path: '[0].f',
      message: 'a boolean is 0 or 1',
      initiator: 'remote',
    });
    for (const broken of [new Uint8Array(11), 'x'.repeat(12)]) {
      const fake = Object.defineProperty(new ObjectId(), 'id', { value: broken });
      expectRefusal(() => encode(record({ f: objectId }), [{ f: fake }]), {
        path: '[0].f',
        message: 'a malformed ObjectId',
        initiator: 'local',
      });
    }
    expectRefusal(() => encode(record({ f: objectId }), [{ f: null as never }]), {
      path: '[0].f',
      message: 'objectId takes an ObjectId, got null',
      initiator: 'local',
    });
  });

  it('has no arrays of values that may be absent', () => {
    expect(() => nullable(optional(i32))).to.throw(MisuseError, "can't be optional");
    expect(() => nullable('i32' as never)).to.throw(MisuseError, 'takes a type of BSON');
  });
});

function captured(step: () => unknown): { path: string } {
  try {
    step();
  } catch (error) {
    return error as { path: string };
  }
  return expect.fail('nothing was refused');
}
