import { expect } from 'chai';
import { readProofOptions } from '../../scripts/proof/options.ts';

describe('scripts/proof: the options', () => {
  it('prove streams of both kinds unless one is named', () => {
    expect(readProofOptions([]).kinds).to.deep.equal(['values', 'verbs']);
    expect(readProofOptions(['--streams', 'all']).kinds).to.deep.equal(['values', 'verbs']);
    expect(readProofOptions(['--streams', 'verbs']).kinds).to.deep.equal(['verbs']);
    expect(() => readProofOptions(['--streams', 'verb'])).to.throw(
      TypeError,
      /values, verbs or all/,
    );
  });

  it('refuse numbers that make no proof', () => {
    expect(readProofOptions(['--items', '7', '--cuts', '0'])).to.include({ items: 7, cuts: 0 });
    expect(() => readProofOptions(['--items', '0'])).to.throw(TypeError, /from 1 on/);
    expect(() => readProofOptions(['--seed', 'x'])).to.throw(TypeError, /--seed/);
  });
});
