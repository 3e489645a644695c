import { expect } from 'chai';

import { FLAG, FUNCTION, TEXT } from '../../lib/base/option-kinds.ts';
import { type OptionTable, problemWith, readOptions } from '../../lib/base/read-options.ts';
import { OptionError } from '../../lib/errors/errors.ts';

interface Options {
  readonly name?: string | undefined;
  readonly isOn?: boolean | undefined;
  readonly hook?: (() => void) | undefined;
}

const TABLE: OptionTable<Options> = { name: TEXT, isOn: FLAG, hook: FUNCTION };

function refusal(given: unknown, group?: string): string {
  try {
    readOptions(given as Options, TABLE, group);
    return 'none';
  } catch (error) {
    if (error instanceof OptionError) return error.message;
    throw error;
  }
}

describe('readOptions', () => {
  it('gives what is defined, as a plain object of its own', () => {
    const given = { name: 'x', isOn: undefined };
    expect(readOptions(given, TABLE)).to.deep.equal({ name: 'x' }).and.not.to.equal(given);
  });

  it('reads each option once, inherited ones too', () => {
    let reads = 0;
    class Base {
      get name(): string {
        reads++;
        return 'x';
      }
    }
    expect(readOptions(new Base(), TABLE)).to.deep.equal({ name: 'x' });
    expect(reads).to.equal(1);
  });

  it('refuses an unknown option, and says which one was meant', () => {
    expect(refusal({ hok: () => {} })).to.equal(
      'option hok: there is no such option; did you mean hook?',
    );
    expect(refusal({ toString: 1 })).to.equal('option toString: there is no such option');
    expect(refusal({ retries: undefined })).to.equal('option retries: there is no such option');
    expect(refusal({ nam: '' }, 'group')).to.match(/^option group\.nam: .* did you mean name\?$/);
  });

  it('refuses an option of the wrong kind with what it takes and what it got', () => {
    expect(refusal({ name: 5 })).to.equal('option name: must be a string, not 5');
    expect(refusal({ isOn: 'yes' })).to.equal('option isOn: must be true or false, not "yes"');
    expect(refusal({ hook: null }, 'g')).to.equal('option g.hook: must be a function, not null');
  });

  it('refuses what is no object', () => {
    for (const given of [undefined, null, 5, 'text', [], () => {}]) {
      expect(refusal(given)).to.match(/^option options: must be an object, not /);
    }
    expect(refusal(5, 'group')).to.equal('option group: must be an object, not 5');
  });

  it('tells a value of which nobody can say whether it is of a kind', () => {
    const kind = (): never => {
      throw new Error('own');
    };
    expect(problemWith(5, kind)).to.equal('can not be read: it is 5');
  });

  it('tells which option can not be read, and why', () => {
    const broken = {
      get name(): string {
        throw new Error('no name');
      },
    };
    try {
      readOptions(broken, TABLE);
      expect.fail('it was read');
    } catch (error) {
      expect(error).to.be.instanceOf(OptionError).and.include({
        message: 'option name: can not be read',
        option: 'name',
      });
      expect((error as OptionError).cause).to.have.property('message', 'no name');
    }
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(refusal(proxy)).to.equal('option options: can not be read');
  });
});
