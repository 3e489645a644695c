import { expect } from 'chai';

import { checkArgument, judgedBy, optionsOf } from '../../lib/base/public-function.ts';
import { MisuseError, OptionError } from '../../lib/errors/errors.ts';

const small = (value: unknown): string | undefined => (value === 1 ? undefined : 'must be 1');

describe('base/public-function', () => {
  it('reads the options of a function, and names the function in the error', () => {
    expect(optionsOf('open', { size: 1 }, { size: small })).to.deep.equal({ size: 1 });
    expect(() => optionsOf('open', { size: 2 }, { size: small }))
      .to.throw(OptionError)
      .with.property('message')
      .that.matches(/^open: option size: must be 1/);
  });

  it('gives what a judge gives, and names the function in its OptionError alone', () => {
    expect(judgedBy('open', () => 5)).to.equal(5);
    const judge = (error: Error) => () => {
      throw error;
    };
    expect(() => judgedBy('open', judge(new OptionError('size', 'must be 1')))).to.throw(
      OptionError,
      /^open: option size: must be 1$/,
    );
    const other = new Error('own');
    expect(() => judgedBy('open', judge(other))).to.throw(other);
    expect(other.message).to.equal('own');
  });

  it('names the function and the argument that is of another kind', () => {
    expect(() => checkArgument('open', 'size', 1, small)).to.not.throw();
    expect(() => checkArgument('open', 'size', 2, small)).to.throw(
      MisuseError,
      /^open: size must be 1/,
    );
  });
});
