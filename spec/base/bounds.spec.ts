import { expect } from 'chai';

import {
  ANY_AMOUNT,
  type Bounds,
  boundsProblem,
  checkBounds,
  resolveNumbers,
} from '../../lib/base/bounds.ts';
import { OptionError } from '../../lib/errors/errors.ts';

function refusal(value: unknown, bounds: Bounds): string | undefined {
  try {
    checkBounds('size', value, bounds);
    return undefined;
  } catch (error) {
    if (error instanceof OptionError && error.option === 'size') return error.message;
    throw error;
  }
}

describe('base/bounds', () => {
  it('takes whole numbers from min to max', () => {
    const bounds = { min: 1, max: 3 };
    for (const value of [1, 2, 3]) expect(refusal(value, bounds)).to.equal(undefined);
    for (const value of [0, 4, 1.5, NaN, Infinity, '2', 2n, null]) {
      expect(refusal(value, bounds)).to.match(/must be a whole number from 1 to 3, not /);
    }
  });

  it('ends at 2^53-1 where there is no max', () => {
    expect(refusal(Number.MAX_SAFE_INTEGER, { min: 0 })).to.equal(undefined);
    expect(refusal(2 ** 53, { min: 0 })).to.match(/must be a whole number from 0 on, not /);
  });

  it('takes Infinity only where that is allowed', () => {
    expect(refusal(Infinity, { min: 0, isInfinityAllowed: true })).to.equal(undefined);
    expect(refusal(-Infinity, { min: 0, isInfinityAllowed: true })).to.be.a('string');
    expect(refusal(Infinity, { min: 0, isFractionAllowed: true })).to.be.a('string');
  });

  it('takes fractions only where they are allowed', () => {
    expect(refusal(0.5, { min: 0, isFractionAllowed: true })).to.equal(undefined);
    expect(refusal(-0.5, { min: 0, isFractionAllowed: true })).to.match(/must be a number from 0/);
    expect(refusal(NaN, { min: 0, isFractionAllowed: true })).to.be.a('string');
  });

  it('puts what is given over the defaults and names what is wrong', () => {
    const resolve = (given: { a?: number; b?: number | undefined }): object =>
      resolveNumbers('group', given, { a: { default: 1, min: 0 }, b: { default: 2, min: 0 } });
    expect(resolve({ a: 5, b: undefined })).to.deep.equal({ a: 5, b: 2 }).and.to.be.frozen;
    expect(() => resolve({ b: -1 })).to.throw(OptionError, 'group.b');
    const misspelt: object = { toString: 1 };
    expect(() => resolve(misspelt)).to.throw(OptionError, 'group.toString');
  });

  it('take any amount where no more is said', () => {
    for (const amount of [0, 0.5, 1e9, Infinity]) {
      expect(boundsProblem(amount, ANY_AMOUNT)).to.equal(undefined);
    }
    for (const none of [-0.5, NaN, -Infinity, '1']) {
      expect(boundsProblem(none, ANY_AMOUNT)).to.match(/^must be a number from 0 on, not /);
    }
  });

  it('leave other options alone where numbers have no group of their own', () => {
    const table = { size: { min: 1, default: 5 } };
    const given: { size: number } & Record<string, number> = { size: 7, other: -1 };
    expect(resolveNumbers(undefined, given, table)).to.deep.equal({ size: 7 });
    expect(() => resolveNumbers(undefined, { size: 0 }, table)).to.throw(/^option size: must be/);
  });
});
