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

  it('become errors, with what was thrown as their cause; errors stay as they are', () => {
    const error = new Error('bad');
    expect(toError(error)).to.equal(error);
    expect(toError('plain')).to.include({ message: 'plain', cause: 'plain' });
  });
});
