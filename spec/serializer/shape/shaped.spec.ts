import { serialize } from 'bson';
import { expect } from 'chai';

import { MisuseError, OptionError } from '../../../lib/errors/errors.ts';
import { i32 } from '../../../lib/serializer/types/integers.ts';
import { optional } from '../../../lib/serializer/types/optional.ts';
import { string } from '../../../lib/serializer/types/string.ts';
import { record } from '../../../lib/serializer/types/record.ts';
import { createShaped, shaped } from '../../../lib/serializer/shape/shaped.ts';
import { decode, encode, expectRefusal, hex, prefixesOf } from '../support/codec.ts';

const tuple = shaped(record({ a: i32 }), string, optional(i32));

describe('serializer/shape/shaped', () => {
  it('writes a tuple as one document with its indexes as keys', () => {
    expect(tuple).to.include({ name: 'bson', arity: 3 });
    const expected = Buffer.from(serialize({ 0: { a: 1 }, 1: 'x', 2: 5 }));
    expect(encode(tuple, [{ a: 1 }, 'x', 5])).to.deep.equal(expected);
    expect(decode(tuple, expected)).to.deep.equal([{ a: 1 }, 'x', 5]);
    expect(encode(shaped(), [])).to.deep.equal(hex('0500000000'));
    expect(decode(shaped(), hex('0500000000'))).to.deep.equal([]);
  });

  it('leaves optional members out at the end', () => {
    const expected = Buffer.from(serialize({ 0: { a: 1 }, 1: 'x' }));
    expect(encode(tuple, [{ a: 1 }, 'x'])).to.deep.equal(expected);
    expect(encode(tuple, [{ a: 1 }, 'x', undefined])).to.deep.equal(expected);
    expect(decode(tuple, expected)).to.deep.equal([{ a: 1 }, 'x', undefined]);
  });

  it('reads members in any order, and drops those that are not declared', () => {
    const turned = new Map<string, unknown>([
      ['3', 'more'],
      ['1', 'x'],
      ['0', { a: 1 }],
    ]);
    const bytes = Buffer.from(serialize(turned));
    expect(decode(tuple, bytes)).to.deep.equal([{ a: 1 }, 'x', undefined]);
  });

  it('refuses tuples that are too short or too long', () => {
    const short = [{ a: 1 }] as unknown as [{ a: number }, string];
    expectRefusal(() => encode(tuple, short), {
      path: '[1]',
      message: 'string takes a string, got undefined',
      initiator: 'local',
    });
    const long = [{ a: 1 }, 'x', 1, undefined, 2] as unknown as [{ a: number }, string];
    expectRefusal(() => encode(tuple, long), {
      path: '[4]',
      message: 'the tuple has 3 members',
      initiator: 'local',
    });
    expectRefusal(() => encode(shaped(i32), [1, 2] as unknown as [number]), {
      path: '[1]',
      message: 'the tuple has 1 members',
      initiator: 'local',
    });
    const undefinedAtLast = [1, undefined, undefined] as unknown as [number];
    expect(encode(shaped(i32), undefinedAtLast)).to.deep.equal(encode(shaped(i32), [1]));
    expectRefusal(() => decode(tuple, Buffer.from(serialize({ 0: { a: 1 } }))), {
      path: '[1]',
      message: 'is missing',
      initiator: 'remote',
    });
  });

  it('refuses a member that is there twice', () => {
    const bytes = hex('13000000 10 3000 01000000 10 3000 02000000 00');
    expectRefusal(() => decode(shaped(i32), bytes), {
      path: '[0]',
      message: 'is there twice',
      initiator: 'remote',
    });
  });

  it('refuses every cut and every extension of a message', () => {
    const message = encode(tuple, [{ a: 1 }, 'x', 5]);
    for (const prefix of prefixesOf(message)) {
      expectRefusal(() => decode(tuple, prefix), {
        path: '',
        message: /a document/,
        initiator: 'remote',
      });
    }
    expectRefusal(() => decode(tuple, Buffer.concat([message, hex('00')])), {
      path: '',
      message: /a document of \d+ bytes in \d+ bytes/,
      initiator: 'remote',
    });
  });

  it('judges lengths against what contains them', () => {
    const refused = (bytes: string, path: string, message: string): void =>
      expectRefusal(() => decode(tuple, hex(bytes)), { path, message, initiator: 'remote' });
    refused('', '', 'a document of 0 bytes where 0 bytes are left');
    refused('ffffffff 00', '', 'a document of -1 bytes where 5 bytes are left');
    refused('ffffff7f 00', '', 'a document of 2147483647 bytes');
    refused('0500000001', '', 'the document has no terminator');
    refused('0d000000 03 3000 06000000 00 00', '[0]', 'a document of 6 bytes where 5 bytes');
    refused('0d000000 03 3000 05000000 01 00', '[0]', 'the document has no terminator');
    refused('10000000 03 3000 08000000 10 6100 00 00', '[0].a', 'a value of 4 bytes where 0 bytes');
    const text = (value: string): string => {
      const body = hex(`10 3000 00000000 02 3100 ${value}`).length;
      const length = Buffer.from([body + 5, 0, 0, 0]).toString('hex');
      return `${length} 10 3000 00000000 02 3100 ${value} 00`;
    };
    const pair = shaped(i32, string);
    const refusedText = (value: string, message: string): void =>
      expectRefusal(() => decode(pair, hex(text(value))), {
        path: '[1]',
        message,
        initiator: 'remote',
      });
    expect(decode(pair, hex(text('02000000 6100')))).to.deep.equal([0, 'a']);
    refusedText('00000000', 'a string of 0 bytes where 0 bytes are left');
    refusedText('ffffffff 00', 'a string of -1 bytes where 1 bytes are left');
    refusedText('00000080 00', 'a string of -2147483648 bytes');
    refusedText('ffffff7f 00', 'a string of 2147483647 bytes');
    refusedText('03000000 6100', 'a string of 3 bytes where 2 bytes are left');
    refusedText('02000000 6161', 'the string has no terminator');
    refusedText('02000000 ff00', 'the string is not valid UTF-8');
    refusedText('0100', 'a value of 4 bytes where 2 bytes are left');
  });

  it('refuses to be declared with what is no type, or with a gap', () => {
    expect(() => shaped('i32' as never)).to.throw(MisuseError, 'shaped: member 0 is no type');
    expect(() => shaped(optional(i32), i32)).to.throw(MisuseError, "member 1 can't follow");
    expect(() => createShaped({ maxDepth: 0 })).to.throw(OptionError, /^createShaped: .*maxDepth/);
  });
});
