import { Binary, bsonType, Code, DBRef, Long, ObjectId, serialize } from 'bson';
import { expect } from 'chai';
import fc from 'fast-check';

import { MisuseError } from '../../../lib/errors/errors.ts';
import { type BsonOptions, resolveBsonOptions } from '../../../lib/serializer/bson/bson-options.ts';
import { TupleWalk } from '../../../lib/serializer/bson/tuple-walk.ts';
import { toSerializationError } from '../../../lib/serializer/misfit.ts';
import { anyBsonValue } from '../support/bson-arbitraries.ts';
import { expectRefusal } from '../support/codec.ts';
import { FakeHandles, fakeStream } from '../support/fake-handles.ts';

function walk(
  tuple: unknown[],
  options: BsonOptions = {},
  handles = new FakeHandles(),
): TupleWalk & {
  document: Record<string, unknown>;
} {
  const steps = new TupleWalk(resolveBsonOptions(options), handles);
  try {
    return Object.assign(steps, { document: steps.tuple(tuple) });
  } catch (error) {
    throw toSerializationError(error, 'local');
  }
}

function refuses(
  value: unknown,
  path: string,
  message: string | RegExp,
  options?: BsonOptions,
): void {
  expectRefusal(() => walk([value], options), { path, message, initiator: 'local' });
}

/** So many documents and arrays in one another. */
function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? { a: value } : [value];
  return value;
}

describe('serializer/bson/tuple-walk', () => {
  it('gives the members as they are when there is no handle in them', () => {
    const tuple = [{ a: [1, { b: 2 }] }, [1, 2], new Map([['a', { b: 1 }]]), 'x', NaN, undefined];
    const { document } = walk(tuple);
    expect(Object.keys(document)).to.deep.equal(['0', '1', '2', '3', '4', '5']);
    tuple.forEach((member, index) => expect(Object.is(document[index], member)).to.equal(true));
  });

  it('puts Binaries in place of handles, in copies of what contains them', () => {
    const handle = fakeStream(7n, 'raw');
    const untouched = { b: 1 };
    const tuple = [
      { rows: handle, untouched },
      [untouched, [handle]],
      new Map<string, unknown>([
        ['s', handle],
        ['u', untouched],
      ]),
      handle,
    ];
    const { document } = walk(tuple);
    const binary = document[3] as Binary;
    expect(binary).to.include({ sub_type: 0x8b });
    expect(binary.toString('hex')).to.equal(
      `0700000000000000${Buffer.from('raw').toString('hex')}`,
    );
    expect(document[0]).to.deep.equal({ rows: binary, untouched });
    expect((document[0] as (typeof tuple)[0] & { untouched: object }).untouched).to.equal(
      untouched,
    );
    expect(document[1]).to.deep.equal([untouched, [binary]]);
    expect(document[2]).to.deep.equal(
      new Map<string, unknown>([
        ['s', binary],
        ['u', untouched],
      ]),
    );
    expect(tuple).to.deep.equal([
      { rows: handle, untouched },
      [untouched, [handle]],
      new Map<string, unknown>([
        ['s', handle],
        ['u', untouched],
      ]),
      handle,
    ]);
  });

  it('passes on what the connection says of a handle', () => {
    const handles = new FakeHandles();
    handles.describe = () => {
      throw new MisuseError('it was passed before');
    };
    expect(() => walk([fakeStream(1n, 'raw')], {}, handles)).to.throw(MisuseError, 'passed before');
  });

  describe('E1-bson refuses, with the path', () => {
    for (const [what, value, message] of [
      ['a bigint above int64', 2n ** 63n, '9223372036854775808 does not fit an int64'],
      ['a bigint below int64', -(2n ** 63n) - 1n, 'does not fit an int64'],
      ['an unsigned Long above int64', Long.MAX_UNSIGNED_VALUE, 'does not fit an int64'],
      ['a function', () => 1, "a function can't be sent"],
      ['a class', class {}, "a function can't be sent"],
      ['a symbol', Symbol('x'), "a symbol can't be sent"],
      ['a Set', new Set(), 'Set'],
      ['a Promise', Promise.resolve(), 'await it first'],
      ['a generator', (function* () {})(), 'Generator'],
      ['an Error', new RangeError('x'), 'send its name, message and code'],
      ['a RegExp', /x/, 'BSONRegExp'],
      ['a typed array of numbers', new Int32Array(2), 'send a Uint8Array'],
      ['an ArrayBuffer', new ArrayBuffer(2), 'send a Uint8Array'],
      ['a DataView', new DataView(new ArrayBuffer(2)), 'send a Uint8Array'],
      ['an invalid date', new Date(NaN), 'the date is invalid'],
      ['a lone surrogate', 'a\ud800', 'lone surrogate'],
      ['Code', new Code('x'), 'a Code is refused'],
      ['a DBRef', new DBRef('c', new ObjectId()), 'a DBRef is refused'],
      ['a Binary of our subtype', new Binary(Buffer.alloc(9), 0x8b), 'subtype 0x8b'],
      ['a Binary of our other subtype', new Binary(Buffer.alloc(9), 0x8c), 'subtype 0x8c'],
      ['a record with toBSON', { toBSON: () => ({}) }, 'toBSON'],
      ['a record like a DBRef', { $ref: 'a', $id: 1 }, 'both $ref and $id'],
      [
        'a Map like a DBRef',
        new Map([
          ['$ref', 1],
          ['$id', 1],
        ]),
        'both $ref and $id',
      ],
      ['a record that names itself', { [Symbol.toStringTag]: 'Odd' }, 'a value of Odd'],
      ['a record that is an iterable', { *[Symbol.iterator]() {} }, 'an iterable'],
      ['a Binary without its fields', Object.create(Binary.prototype), 'a malformed Binary'],
      ['a Map with other keys', new Map([[1, 1]]), /the key of a Map must be a string/],
    ] as [string, unknown, string | RegExp][]) {
      it(what, () => {
        const suffix = what === 'a Map with other keys' ? '["1"]' : '';
        refuses(value, `[0]${suffix}`, message);
        refuses({ a: { b: [0, 1, value] } }, `[0].a.b[2]${suffix}`, message);
        refuses(new Map([['a b', value]]), `[0]["a b"]${suffix}`, message);
      });
    }

    it('a Binary that would send bytes of earlier messages', () => {
      const binary = new Binary(Buffer.alloc(4));
      binary.position = 5;
      refuses([binary], '[0][0]', 'a Binary whose position is outside of its buffer');
    });

    it('keys that pollute, mislead or end early', () => {
      const polluted = JSON.parse('{"__proto__": 1}') as object;
      refuses([polluted], '[0][0].__proto__', 'the key is refused');
      refuses({ _bsontype: 'ObjectId' }, '[0]._bsontype', 'the key is refused');
      refuses({ constructor: 1 }, '[0].constructor', 'the key is refused', {
        refuseKeys: ['constructor'],
      });
      refuses({ 'a\0b': 1 }, '[0]["a\\u0000b"]', 'the key contains U+0000');
      refuses({ '\ud800': 1 }, '[0]["\\ud800"]', 'the key has a lone surrogate');
      refuses(new Map([['__proto__', 1]]), '[0].__proto__', 'the key is refused');
      expect(walk([{ constructor: 1, prototype: 2 }]).document).to.have.property('0');
    });

    it('values that contain themselves', () => {
      const record: Record<string, unknown> = { a: {} };
      record['self'] = { record };
      refuses(record, '[0].self.record', 'the value contains itself');
      const array: unknown[] = [];
      array.push(array);
      refuses(array, '[0][0]', 'the value contains itself');
      const map = new Map<string, unknown>();
      map.set('m', [map]);
      refuses(map, '[0].m[0]', 'the value contains itself');
    });
  });

  it('takes a plain object for a record, even with the tag of a class of js-bson', () => {
    refuses({ [bsonType]: 'ObjectId', a: Symbol('x') }, '[0].a', "a symbol can't be sent");
  });

  it('takes a Map with one half of a reference', () => {
    const map = new Map([['$ref', 'a']]);
    expect(walk([map]).document[0]).to.equal(map);
  });

  it('offers a record that can be iterated as a stream', () => {
    const handles = new FakeHandles();
    const rows = { [Symbol.asyncIterator]: () => ({}) };
    expect(walk([{ rows }], {}, handles).document[0]).to.have.nested.property(
      'rows.sub_type',
      0x8c,
    );
    expect(handles.offered).to.deep.equal([rows]);
  });

  it('goes on with the depth and the keys of another writer', () => {
    const after = (depth: number, keysLeft: number): TupleWalk => {
      const steps = new TupleWalk(resolveBsonOptions({ maxDepth: 3 }), new FakeHandles());
      steps.continueFrom(depth, keysLeft);
      return steps;
    };
    const steps = after(1, 3);
    steps.tuple([{ a: {} }]);
    expect(steps.keysLeft).to.equal(1);
    expect(() => after(2, 3).tuple([{ a: {} }])).to.throw('nested deeper than 3 levels');
    expect(() => after(1, 1).tuple([{ a: {} }])).to.throw('(maxKeys)');
  });

  it('takes a value that is there twice side by side', () => {
    const shared = { a: 1 };
    expect(walk([shared, [shared, shared]]).document[0]).to.equal(shared);
  });

  it('E2 BSON depth 100: takes 99 and 100 levels, refuses 101', () => {
    walk([nested(99)]);
    walk([nested(100)]);
    refuses(nested(101), `[0]${'.a[0]'.repeat(50)}`, 'nested deeper than 100 levels (maxDepth)');
    walk([nested(2)], { maxDepth: 2 });
    refuses(nested(3), '[0].a[0]', 'nested deeper than 2 levels (maxDepth)', { maxDepth: 2 });
  });

  it('holds the number of keys to maxKeys, arrays before they are walked', () => {
    const value = { a: 1, b: [1, 2] };
    walk([value], { maxKeys: 6 });
    walk([value], { maxKeys: 5 });
    refuses(value, '[0].b[0]', 'more than 4 keys (maxKeys)', { maxKeys: 4 });
    const sparse: unknown[] = [];
    sparse.length = 4_000_000_000;
    refuses(sparse, '[0][0]', 'more than 1000000 keys (maxKeys)');
  });

  it('takes up to 1,024 members', () => {
    walk(Array(1023).fill(1));
    walk(Array(1024).fill(1));
    expectRefusal(() => walk(Array(1025).fill(1)), {
      path: '[1024]',
      message: 'a tuple has up to 1024 members',
      initiator: 'local',
    });
  });

  it('never measures less than js-bson writes', () => {
    fc.assert(
      fc.property(fc.array(anyBsonValue(), { maxLength: 12 }), (tuple) => {
        const { document, maxBytes } = walk(tuple);
        expect(serialize(document).length).to.be.at.most(maxBytes);
      }),
      { numRuns: 1000 },
    );
  });
});
