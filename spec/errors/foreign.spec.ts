import { expect } from 'chai';

import {
  hasField,
  isError,
  isInstance,
  messageOf,
  NO_TEXT,
  readField,
  textOf,
  toError,
} from '../../lib/errors/foreign.ts';
import { isRpcError } from '../../lib/errors/rpc-error.ts';
import { isStatusError } from '../../lib/errors/status-error.ts';
import { suppressedError } from '../support/suppressed-error.ts';
import { revokedProxy, unreadableValues } from '../support/unreadable.ts';

describe('values that are not ours', () => {
  for (const [what, value] of unreadableValues()) {
    it(`F25 can be read and printed without a throw: ${what}`, () => {
      expect(messageOf(value)).to.be.a('string');
      expect(textOf(value)).to.be.a('string');
      expect(isError(toError(value))).to.equal(true);
      expect([isRpcError(value), isStatusError(value)]).to.deep.equal([false, false]);
    });
  }

  it('are told from errors as instanceof does it, and a revoked proxy is none', () => {
    expect(isInstance(new RangeError('far'), RangeError)).to.equal(true);
    expect(isInstance(new Error('bad'), RangeError)).to.equal(false);
    expect(isError(revokedProxy())).to.equal(false);
  });

  it('have fields, unless reading them throws', () => {
    expect(readField({ code: 7 }, 'code')).to.equal(7);
    expect(
      [undefined, null, 5, revokedProxy()].map((value) => readField(value, 'code')),
    ).to.deep.equal([undefined, undefined, undefined, undefined]);
    expect(hasField({ code: undefined }, 'code')).to.equal(true);
    expect([null, 'text', revokedProxy()].map((value) => hasField(value, 'length'))).to.deep.equal([
      false,
      false,
      false,
    ]);
  });

  it('have the text of their message, then of their name, then of themselves', () => {
    const named = Object.assign(new Error(''), { name: 'Named' });
    expect([new Error('bad'), named, 'plain', 7n].map(messageOf)).to.deep.equal([
      'bad',
      'Named',
      'plain',
      '7',
    ]);
    expect(textOf(Object.create(null))).to.equal(NO_TEXT);
  });

  it('F25 have the texts of the errors that they hold, behind their own', () => {
    const both = [new Error('one'), new AggregateError([new Error('two'), 'three'])];
    expect(messageOf(new AggregateError(both))).to.equal('one; two; three');
    expect(messageOf(new AggregateError(both, 'all failed'))).to.equal(
      'all failed: one; two; three',
    );
    expect(messageOf(new AggregateError([]))).to.equal('AggregateError');
    const holding = Object.assign(new Error('some failed'), { errors: both });
    expect(messageOf(holding)).to.equal('some failed: one; two; three');
    expect(messageOf(Object.assign(new Error('bad'), { errors: ['a', 'b'] }))).to.equal('bad');
  });

  it('F25 have the texts of both errors of a SuppressedError', () => {
    const inner = suppressedError(new Error('close'), new Error('use'));
    expect(messageOf(inner)).to.equal(`${inner.message}: close; use`);
    const outer = suppressedError('late', suppressedError(1, undefined, ''), '');
    expect(messageOf(outer)).to.equal('late; 1; undefined');
  });

  it('F25 have a bounded text, also if they hold themselves or very many', () => {
    const own = new AggregateError([], 'again');
    own.errors = [own];
    expect(messageOf(own)).to.equal(Array.from({ length: 17 }, () => 'again').join(': '));
    const many = Array.from({ length: 1_000 }, (_, count) => new Error(`${count}`));
    expect(messageOf(new AggregateError(many)).split('; ')).to.have.length(16);
  });

  it('become errors, with what was thrown as their cause; errors stay as they are', () => {
    const error = new Error('bad');
    expect(toError(error)).to.equal(error);
    expect(toError('plain')).to.include({ message: 'plain', cause: 'plain' });
  });
});
