import { expect } from 'chai';

import {
  formatRegister,
  parseRegister,
  registerProblems,
} from '../../scripts/ci/feature-register.ts';
import type { FeatureRow } from '../../scripts/ci/feature-table.ts';

const PROVED: FeatureRow = { id: 'F1', feature: 'A thing', provedBy: '`spec/a.spec.ts › F1`' };
const OTHERWISE: FeatureRow = {
  id: 'F2',
  feature: 'A thing of C++',
  provedBy: 'answered otherwise: as Node does<br>`spec/b.spec.ts › F2`',
};
const LATER: FeatureRow = { id: 'F3', feature: 'One more', provedBy: 'later: with the rest' };
const ROWS = [PROVED, OTHERWISE, LATER];
const TEXT = 'F1 | proved | A thing\nF2 | otherwise | A thing of C++\nF3 | later | One more\n';

/** The problems of a table where one row is another one. */
function problemsWith(row: FeatureRow): string[] {
  const rows = ROWS.map((each) => (each.id === row.id ? row : each));
  return registerProblems(rows, parseRegister(TEXT));
}

describe('the register of features', () => {
  it('agrees with the table that it was made of', () => {
    expect(formatRegister(ROWS, [])).to.equal(TEXT);
    expect(registerProblems(ROWS, parseRegister(TEXT))).to.deep.equal([]);
  });

  it('misses a row that was deleted', () => {
    expect(registerProblems([PROVED, LATER], parseRegister(TEXT))).to.deep.equal([
      'row F2 is missing',
    ]);
  });

  it('remembers the words of a row that promises something else', () => {
    expect(problemsWith({ ...PROVED, feature: 'Half a thing' })).to.deep.equal([
      'row F1 promised something else: A thing',
    ]);
  });

  it('refuses that a row is put off, or answered in words only', () => {
    expect(problemsWith({ ...PROVED, provedBy: LATER.provedBy })).to.deep.equal([
      'row F1 was proved and is later now',
    ]);
    expect(problemsWith({ ...PROVED, provedBy: OTHERWISE.provedBy })).to.deep.equal([
      'row F1 was proved and is otherwise now',
    ]);
    expect(problemsWith({ ...OTHERWISE, provedBy: LATER.provedBy })).to.deep.equal([
      'row F2 was otherwise and is later now',
    ]);
  });

  it('refuses a row that is not registered, and two with one id', () => {
    const added = { ...PROVED, id: 'F4' };
    expect(registerProblems([...ROWS, added, PROVED], parseRegister(TEXT))).to.deep.equal([
      'two rows have the id F1',
      'F4 is not in the register',
    ]);
  });

  it('takes new rows, and what is settled by now, and lets go of nothing', () => {
    const added = { ...PROVED, id: 'F4' };
    const settled = { ...LATER, provedBy: PROVED.provedBy };
    const reworded = { ...PROVED, feature: 'Half a thing' };
    const register = parseRegister(TEXT);
    expect(formatRegister([reworded, settled, added], register)).to.equal(
      `${TEXT.replace('later', 'proved')}F4 | proved | A thing\n`,
    );
  });

  it('refuses a line that holds no row', () => {
    expect(() => parseRegister('F1 | perhaps | A thing\n')).to.throw(
      'no row: F1 | perhaps | A thing',
    );
  });
});
