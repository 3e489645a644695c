import { Binary, serialize } from 'bson';
import fc from 'fast-check';

import { expect } from 'chai';

import {
  decodeError,
  encodeError,
  MAX_ERROR_DOCUMENT_BYTES,
} from '../../lib/document/error-document.ts';
import { CanceledError, ProtocolError, TimeoutError } from '../../lib/errors/errors.ts';
import { isRpcError } from '../../lib/errors/rpc-error.ts';
import { ValidationError } from '../../lib/errors/validation-error.ts';
import { decodePlain, encodePlain } from '../../lib/document/plain-bson.ts';
import { SUBTYPE_HANDLE } from '../../lib/serializer/bson/element-types.ts';
import { isStatusError, StatusError } from '../../lib/errors/status-error.ts';
import { anyBsonValue } from '../serializer/support/bson-arbitraries.ts';
import { Mutator } from '../support/mutator.ts';
import { ownFields } from '../support/own-fields.ts';
import { compiledSuppressedError, suppressedError } from '../support/suppressed-error.ts';

describe('what an error is at the other end', () => {
  it('K4 it has its name, message, code and own fields', () => {
    const error = Object.assign(new Error('no space'), {
      name: 'DiskError',
      code: 'ENOSPC',
      path: '/data',
      free: { bytes: 12n, at: new Date(7) },
      digest: Buffer.from([1, 2]),
    });
    const { code, path, free, digest } = error;
    const arrived = passOn(error);
    expect(arrived).to.be.instanceOf(Error).and.include({ name: 'DiskError', message: 'no space' });
    expect(ownFields(arrived)).to.deep.equal({ code, path, free, digest });
  });

  it('an error of the file system has no path, nor have its causes, unless they are to be kept', () => {
    const make = (): Error =>
      Object.assign(new Error("ENOENT: no such file, open '/etc/secret'"), {
        code: 'ENOENT',
        errno: -2,
        syscall: 'open',
        path: '/etc/secret',
      });
    const missing = make();
    const error = new AggregateError([make()], 'wrapped', { cause: missing });
    const arrived = decodeError(encodeError(error)) as AggregateError;
    for (const each of [arrived.cause, arrived.errors[0]]) {
      expect(each).to.include({ message: "ENOENT: no such file, open '…'", code: 'ENOENT' });
      expect(each).to.include({ syscall: 'open', errno: -2 }).and.not.have.property('path');
    }
    expect(decodeError(encodeError(missing, true))).to.include({
      message: missing.message,
      path: '/etc/secret',
    });
  });

  it('K4 a status has gRPC’s spelling here, and the one of version 2 on the wire', () => {
    const sent = encodeError(new StatusError('cancelled', 'stopped'));
    expect(decodePlain(sent)).to.include({ status: 'canceled' });
    expect(decodeError(sent)).to.include({ status: 'cancelled' });
    const later = encodePlain({ name: 'StatusError', message: 'stopped', status: 'cancelled' });
    expect(decodeError(later)).to.include({ status: 'cancelled' });
  });

  for (const Class of [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
    it(`K4 a ${Class.name} is one again`, () => {
      const arrived = passOn(new Class('wrong'));
      expect(arrived).to.be.instanceOf(Class).and.include({ name: Class.name, message: 'wrong' });
      expect(Object.keys(arrived)).to.deep.equal([]);
    });
  }

  it('K4 an error of a class of the peer’s own is an Error of its name', () => {
    class OrderError extends RangeError {
      override readonly name = 'OrderError';
      readonly order = 5;
    }
    const arrived = passOn(new OrderError('no such order'));
    expect(arrived.constructor).to.equal(Error);
    expect(arrived).to.include({ name: 'OrderError', message: 'no such order', order: 5 });
  });

  it('K4 a code that is no field of its own arrives as well', () => {
    const arrived = passOn(new DOMException('stop', 'AbortError'));
    expect(arrived).to.include({ name: 'AbortError', message: 'stop', code: 20 });
  });

  it('K4 a code that is neither text nor number is a field', () => {
    const codes = { code: { major: 5, minor: 1 } };
    expect(passOn(Object.assign(new Error('x'), codes))).to.deep.include(codes);
  });

  it('K4 causes come with it, of any kind', () => {
    const error = new Error('outer', { cause: new RangeError('inner', { cause: 'root' }) });
    const { cause } = passOn(error);
    expect(cause).to.be.instanceOf(RangeError).and.include({ message: 'inner', cause: 'root' });
  });

  it('K4 an AggregateError comes with what it has collected', () => {
    const arrived = passOn(new AggregateError([new TypeError('one'), 'two'], 'all failed'));
    expect(arrived).to.be.instanceOf(AggregateError).and.include({ message: 'all failed' });
    const [one, two] = (arrived as AggregateError).errors as unknown[];
    expect(one).to.be.instanceOf(TypeError).and.include({ message: 'one' });
    expect(two).to.equal('two');
    expect((arrived as AggregateError).errors).to.have.length(2);
  });

  it('K4 a subclass of AggregateError is an Error with errors', () => {
    class Failures extends AggregateError {
      override readonly name = 'Failures';
    }
    const arrived = passOn(new Failures([new Error('one')], 'some failed'));
    expect(arrived).not.to.be.instanceOf(AggregateError);
    expect(arrived.name).to.equal('Failures');
    expect((arrived as Failures).errors).to.have.length(1);
  });

  it('K4 errors that another error has collected come with it', () => {
    const errors = [new TypeError('one'), 'two'];
    const arrived = passOn(Object.assign(new Error('some failed'), { name: 'BulkError', errors }));
    expect(arrived.name).to.equal('BulkError');
    const [one, two] = (arrived as AggregateError).errors as unknown[];
    expect(one).to.be.instanceOf(TypeError).and.include({ message: 'one' });
    expect(two).to.equal('two');
    const texts = passOn(Object.assign(new Error('bad'), { errors: ['a', 'b'] }));
    expect(ownFields(texts)).to.deep.equal({ errors: ['a', 'b'] });
  });

  for (const [made, make] of [
    ['of the language', suppressedError],
    ['that a compiler has made', compiledSuppressedError],
  ] as const) {
    it(`K4 a SuppressedError ${made} comes with both of its errors`, () => {
      const inner = make(new RangeError('close'), 'use', 'both failed');
      const thrown = make(null, Object.assign(inner, { cause: new Error('why') }), '');
      const arrived = passOn(thrown) as SuppressedError;
      expect(arrived).to.include({ name: 'SuppressedError', message: '', error: null });
      expect(arrived.constructor).to.equal(suppressedError(1, 2).constructor);
      expect(ownFields(arrived)).to.deep.equal({});
      const { message, error, suppressed, cause } = arrived.suppressed as SuppressedError;
      expect({ message, suppressed }).to.deep.equal({ message: 'both failed', suppressed: 'use' });
      expect(error).to.be.instanceOf(RangeError).and.include({ message: 'close' });
      expect(cause).to.include({ message: 'why' });
    });
  }

  it('K4 an error that several others hold comes with each of them', () => {
    const cause = new Error('disk full');
    const both = [new Error('one', { cause }), new Error('two', { cause })];
    const { errors } = passOn(new AggregateError(both, 'all failed')) as AggregateError;
    expect(errors.map(messagesOf)).to.deep.equal([
      ['one', 'disk full'],
      ['two', 'disk full'],
    ]);
    const twice = passOn(suppressedError(cause, cause)) as SuppressedError;
    expect([twice.error, twice.suppressed].map(messagesOf)).to.deep.equal([
      ['disk full'],
      ['disk full'],
    ]);
  });

  it('K4 the facts of a system error come with it, in whatever holds it', () => {
    const facts = { errno: -111, code: 'ECONNREFUSED', syscall: 'connect', port: 1 };
    const system = Object.assign(new Error('connect ECONNREFUSED'), facts);
    const held = [
      passOn(new Error('outer', { cause: system })).cause,
      (passOn(new AggregateError([system])) as AggregateError).errors[0],
      (passOn(suppressedError(system, 1)) as SuppressedError).error,
      (passOn(suppressedError(1, system)) as SuppressedError).suppressed,
    ];
    for (const error of held) expect(ownFields(error as Error)).to.deep.equal(facts);
  });

  it('N5, X2 a StatusError is one again, with its details', () => {
    const error = new StatusError('resource-exhausted', 'slow down', {
      code: 'E_QUOTA',
      details: { left: Buffer.from([0]), of: 100n },
      retryAfterMs: 250,
      cause: new Error('busy'),
    });
    const arrived = passOn(Object.assign(error, { tenant: 'a' }));
    expect(isStatusError(arrived)).to.equal(true);
    expect(arrived).to.be.instanceOf(StatusError);
    expect(ownFields(arrived)).to.deep.equal(ownFields(error));
    expect(arrived.cause).to.include({ message: 'busy' });
  });

  it('N5 a StatusError without anything beside its status stays so', () => {
    const arrived = passOn(new StatusError('unavailable', 'gone', { retryable: false }));
    expect(ownFields(arrived)).to.deep.equal({
      status: 'unavailable',
      code: undefined,
      details: undefined,
      retryable: false,
      retryAfterMs: undefined,
      isStatusError: true,
    });
  });

  it('N5 a status that is not known here counts as unknown', () => {
    const arrived = decodeError(document({ name: 'StatusError', message: 'x', status: 'tired' }));
    expect(arrived).to.be.instanceOf(StatusError).and.include({ status: 'unknown', message: 'x' });
  });

  for (const error of [
    new TimeoutError('the call', 20, 'call'),
    new CanceledError('call', 'why', 'local', ['A']),
    new ValidationError('no fit', [{ message: 'too long', path: ['name', 0] }], {
      scope: 'call',
      initiator: 'remote',
    }),
  ]) {
    it(`X2 a ${error.name} that a handler threw is no failure of ours`, () => {
      const arrived = passOn(error);
      expect(isRpcError(arrived)).to.equal(false);
      expect(arrived).to.include({ name: error.name, message: error.message, code: error.code });
      const { isRpcError: _, ...fields } = ownFields(error);
      expect(ownFields(arrived)).to.deep.equal(fields);
    });
  }

  it('never has the peer’s stack', () => {
    const error = new Error('boom');
    Object.defineProperty(error, 'stack', { value: 'Error: secret path', enumerable: true });
    expect(encodeError(error).includes('secret')).to.equal(false);
    expect(passOn(error).stack).not.to.contain('secret');
  });
});

describe('what is thrown in place of errors', () => {
  const strange: [what: string, thrown: unknown, message: string | RegExp][] = [
    ['a string', 'plain', 'plain'],
    ['an empty string', '', ''],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 42, '42'],
    ['a bigint', 2n ** 70n, String(2n ** 70n)],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a function', () => 'secret', /no text/],
    ['an object', { a: 1 }, '[object Object]'],
    ['an object with a message', { message: 'hello' }, 'hello'],
    ['an object without a prototype', Object.create(null), /no text/],
    ['a list', [1, 2], '1,2'],
    ['a large view', new Uint8Array(8), '0,0,0,0,0,0,0,0'],
    ['an error with a message of another type', withField('message', 5), 'Error: 5'],
    ['an error whose message throws', throwingAt('message'), /no text/],
    ['an error whose name throws', throwingAt('name'), 'boom'],
    ['an error whose cause throws', throwingAt('cause'), 'boom'],
    ['an error whose field throws', throwingAt('field'), 'boom'],
    ['a proxy that throws at everything', throwingProxy(), /no text/],
    ['a revoked proxy', revoked(), /no text/],
    ['a message with a lone surrogate', new Error('a\ud800b'), 'a\ufffdb'],
    ['a message with U+0000', new Error('a\0b'), 'a\0b'],
  ];
  for (const [what, thrown, message] of strange) {
    it(`F25 ${what} becomes an error with a message`, () => {
      const arrived = passOn(thrown);
      expect(arrived).to.be.instanceOf(Error);
      if (typeof message === 'string') expect(arrived.message).to.equal(message);
      else expect(arrived.message).to.match(message);
    });
  }

  it('F25 the fields of an object that is no error arrive', () => {
    expect(passOn({ name: 'Oops', code: 7, why: 'x' })).to.include({
      name: 'Oops',
      code: 7,
      why: 'x',
    });
  });

  it('F25 what can’t be sent is left out by itself', () => {
    const error = Object.assign(new Error('boom'), {
      before: 1,
      run: () => {},
      of: Symbol('s'),
      list: new Set([1]),
      promise: Promise.resolve(),
      nested: { deep: [() => {}] },
      big: 2n ** 70n,
      error: new Error('inner'),
      'a\0b': 1,
      _bsontype: 'ObjectId',
      $ref: 'x',
      $id: 'y',
      lone: '\ud800',
      nothing: undefined,
      after: 2,
    });
    expect(ownFields(passOn(error))).to.deep.equal({ before: 1, after: 2 });
  });

  it('F25 a field that is another thing each time it is read is sent as it was, or not at all', () => {
    const error = new Error('boom');
    let reads = 0;
    const field = {};
    Object.defineProperty(field, 'value', {
      enumerable: true,
      get: () => (reads++ % 2 === 0 ? 'short' : 'x'.repeat(1_000_000)),
    });
    const arrived = passOn(Object.assign(error, { field, after: 1 }));
    expect(arrived).to.include({ message: 'boom', after: 1 });
  });

  it('F25 a cycle of causes ends', () => {
    const one = new Error('one');
    const two = new Error('two', { cause: one });
    one.cause = two;
    expect(messagesOf(passOn(one))).to.deep.equal(['one', 'two']);
    const closing = suppressedError(one, undefined, 'closing');
    closing.suppressed = closing;
    const { error, suppressed } = passOn(closing) as SuppressedError;
    expect([messagesOf(error), suppressed]).to.deep.equal([['one', 'two'], undefined]);
    const alone = new AggregateError([], 'alone');
    alone.errors = [alone];
    alone.cause = alone;
    const arrived = passOn(alone);
    expect(arrived).to.deep.include({ message: 'alone', errors: [] });
    expect(arrived.cause).to.equal(undefined);
  });

  it('F25 four causes arrive and no more', () => {
    let error = new Error('0');
    for (let depth = 1; depth <= 9; depth++) error = new Error(`${depth}`, { cause: error });
    expect(messagesOf(passOn(error))).to.deep.equal(['9', '8', '7', '6', '5']);
  });

  it('F25, E2 a message is cut at 8 KiB, and a name at 256 bytes', () => {
    const error = Object.assign(new Error('m'.repeat(1_000_000)), { name: 'n'.repeat(1_000) });
    const arrived = passOn(error);
    expect(arrived.message).to.match(/^m+…$/);
    expect(Buffer.byteLength(arrived.message)).to.equal(8_192);
    expect(Buffer.byteLength(arrived.name)).to.equal(256);
  });

  const large: [what: string, error: () => unknown][] = [
    ['a field of a megabyte', () => withField('huge', 'x'.repeat(1_000_000))],
    [
      'a list of a million numbers',
      () =>
        withField(
          'huge',
          Array.from({ length: 1_000_000 }, () => 1),
        ),
    ],
    ['bytes of a megabyte', () => withField('huge', Buffer.alloc(1_000_000))],
    ['a thousand fields', () => Object.assign(new Error('boom'), fieldsOf(1_000, 'v'))],
    ['fields that fill it', () => Object.assign(new Error('boom'), fieldsOf(64, 'v'.repeat(900)))],
    ['long messages at every depth', () => chain(5, 'm'.repeat(20_000))],
    ['collected errors by the thousand', () => collected(1_000, 'm'.repeat(500))],
    ['collected errors in collected errors', () => tree(3, 20)],
    ['one error in all places', () => shared(5, 'm'.repeat(500))],
    ['suppressed errors without end', () => suppressing(50, 'm'.repeat(500))],
    ['a value nested a thousand levels', () => withField('huge', nested(1_000))],
  ];
  for (const [what, error] of large) {
    it(`F25, E2 an error with ${what} stays within its bound`, () => {
      const thrown = error();
      const bytes = encodeError(thrown);
      expect(bytes.length).to.be.at.most(MAX_ERROR_DOCUMENT_BYTES);
      expect(decodeError(bytes)).not.to.be.instanceOf(ProtocolError);
    });
  }

  it('F25 a small field arrives behind one that is too large', () => {
    const error = Object.assign(new Error('boom'), { huge: 'x'.repeat(40_000), small: 1 });
    expect(ownFields(passOn(error))).to.deep.equal({ small: 1 });
  });

  it('F25 any name, message and fields arrive, whatever they are', () => {
    const fields = fc.dictionary(fieldName, anyBsonValue(), { maxKeys: 5, noNullPrototype: true });
    const text = fc.string({ unit: 'grapheme', maxLength: 80 });
    fc.assert(
      fc.property(text, text, fields, text, (name, message, own, cause) => {
        const error = Object.assign(new Error(message, { cause }), { name }, own);
        const arrived = passOn(error);
        expect(arrived.message).to.equal(message);
        expect(arrived.name).to.equal(name === '' ? 'Error' : name);
        expect(arrived.cause).to.equal(cause);
        expect(ownFields(arrived)).to.deep.equal(decodePlain(encodePlain(own)));
      }),
      { numRuns: 300 },
    );
  });

  it('F25 nothing that is thrown makes it throw', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (thrown) => {
        const error = Object.assign(new Error('boom'), { thrown });
        for (const each of [thrown, error, new Error('outer', { cause: thrown })]) {
          const bytes = encodeError(each);
          expect(bytes.length).to.be.at.most(MAX_ERROR_DOCUMENT_BYTES);
          expect(decodeError(bytes)).not.to.be.instanceOf(ProtocolError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a document that a hostile peer has written', () => {
  const malformed: [what: string, bytes: Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['no BSON', Buffer.from('boom')],
    ['an empty tuple', Buffer.from(serialize({}))],
    ['text in place of a document', Buffer.from(serialize({ 0: 'boom' }))],
    ['a list in place of a document', Buffer.from(serialize({ 0: ['boom'] }))],
    ['bytes in place of a document', Buffer.from(serialize({ 0: Buffer.from('boom') }))],
    ['more than the bound', document({ name: 'Error', message: 'x'.repeat(40_000) })],
    ['a stream in it', document({ fields: { s: new Binary(Buffer.alloc(12), SUBTYPE_HANDLE) } })],
  ];
  for (const [what, bytes] of malformed) {
    it(`X2 ${what} becomes an error that says so`, () => {
      expect(decodeError(bytes))
        .to.be.instanceOf(ProtocolError)
        .and.include({ message: 'the peer sent a malformed error', initiator: 'remote' });
    });
  }

  it('can’t replace what an error is made of', () => {
    const fields = {
      stack: 'none',
      // oxlint-disable-next-line unicorn/no-thenable -- that is what may not arrive
      then: 1,
      constructor: 1,
      prototype: 1,
      toString: 1,
      valueOf: 1,
      hasOwnProperty: 1,
      message: 'other',
      name: 'other',
      cause: 'other',
      isRpcError: true,
      isStatusError: true,
      fine: 1,
    };
    const arrived = decodeError(document({ name: 'E', message: 'm', fields }));
    expect(ownFields(arrived)).to.deep.equal({ fine: 1 });
    expect(String(arrived)).to.equal('E: m');
    expect(isRpcError(arrived)).to.equal(false);
    expect(isStatusError(arrived)).to.equal(false);
    expect(Object.getPrototypeOf(arrived)).to.equal(Error.prototype);
  });

  it('can’t change the status of a StatusError by its fields', () => {
    const fields = { status: 'ok', retryable: 'yes', retryAfterMs: -5, details: 1 };
    const arrived = decodeError(document({ name: 'StatusError', status: 'aborted', fields }));
    expect(arrived).to.include({
      status: 'aborted',
      retryable: false,
      retryAfterMs: undefined,
      details: 1,
    });
  });

  it('can’t give an error of another name what a SuppressedError holds', () => {
    const arrived = decodeError(document({ name: 'E', error: { message: 'x' }, suppressed: 1 }));
    expect(arrived).not.to.have.any.keys('error', 'suppressed');
  });

  it('is taken as far as it makes sense', () => {
    const arrived = decodeError(
      document({ name: 5, message: [], code: {}, fields: 'x', errors: 'x', status: 7 }),
    );
    expect(arrived).to.include({ name: 'Error', message: '' });
    expect(ownFields(arrived)).to.deep.equal({});
  });

  it('has as many causes as it may have, and no more', () => {
    let record: object = { name: 'Error', message: 'innermost' };
    for (let depth = 0; depth < 50; depth++) record = { message: `${depth}`, cause: record };
    expect(messagesOf(decodeError(document(record)))).to.have.length(5);
  });

  it('never makes it throw, however it is damaged', () => {
    const corpus = [
      encodeError(new AggregateError([new Error('one')], 'all', { cause: 'x' })),
      encodeError(suppressedError(new TypeError('one'), { message: 'two' })),
      encodeError(
        new StatusError('aborted', 'boom', { code: 5, details: { a: [1, { b: Buffer.of(1) }] } }),
      ),
      encodeError(Object.assign(new TypeError('boom'), { list: [1, 2n, 'x'], at: new Date(0) })),
    ];
    const mutator = new Mutator(7);
    for (let count = 0; count < 3_000; count++) {
      const bytes = mutator.mutate(mutator.pick(corpus));
      const arrived = decodeError(bytes);
      expect(arrived).to.be.instanceOf(Error);
      expect(String(arrived)).to.be.a('string');
    }
  });
});

/** Names that are fields and nothing else. */
const fieldName = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
  .filter((name) => /^[^$_\0]*$/.test(name) && !(name in new Error('')) && name !== 'code')
  .filter((name) => !['name', 'cause', 'then', 'prototype'].includes(name));

function passOn(thrown: unknown): Error {
  return decodeError(encodeError(thrown));
}

/** What a peer could write. */
function document(record: object): Buffer {
  return Buffer.from(serialize({ 0: record }));
}

function messagesOf(error: unknown): string[] {
  return error instanceof Error ? [error.message, ...messagesOf(error.cause)] : [];
}

function withField(key: string, value: unknown): Error {
  return Object.assign(new Error('boom'), { [key]: value });
}

function fieldsOf(count: number, value: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`field${i}`, value]));
}

function chain(depth: number, message: string): Error {
  return depth === 0
    ? new Error(message)
    : new Error(message, { cause: chain(depth - 1, message) });
}

function collected(count: number, message: string): AggregateError {
  return new AggregateError(Array.from({ length: count }, () => new Error(message)));
}

function tree(depth: number, width: number): Error {
  if (depth === 0) return new Error('leaf');
  return new AggregateError(Array.from({ length: width }, () => tree(depth - 1, width)));
}

/** Each error holds the next one wherever it can. */
function shared(depth: number, message: string): Error {
  if (depth === 0) return new Error(message);
  const next = shared(depth - 1, message);
  return Object.assign(suppressedError(next, next, message), {
    cause: next,
    errors: Array.from({ length: 16 }, () => next),
  });
}

function suppressing(depth: number, message: string): Error {
  if (depth === 0) return new Error(message);
  return suppressedError(new Error(message), suppressing(depth - 1, message), message);
}

function nested(depth: number): object {
  return depth === 0 ? {} : { in: nested(depth - 1) };
}

function refuse(): never {
  throw new Error('no');
}

function throwingAt(key: string): Error {
  return Object.defineProperty(new Error('boom'), key, { enumerable: true, get: refuse });
}

function throwingProxy(): object {
  return new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse, getPrototypeOf: refuse });
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
