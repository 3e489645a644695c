import { expect } from 'chai';

import { guaranteeProblems } from '../../scripts/ci/guarantees.ts';

const SPEC =
  "it('F1 says so, always', () => {});\nit(`counts to ${n}`, () => {});\n// it is said\n";

/** The problems of a table with this row. */
function problemsOf(proof: string): string[] {
  const page = ['# Page', '', '| what | proved by |', '| ---- | --------- |', `| a | ${proof} |`];
  const read = (path: string): string | undefined =>
    path === 'spec/a/b.spec.ts' ? SPEC : undefined;
  return guaranteeProblems(page.join('\n'), read);
}

describe('the check of the guarantees', () => {
  it('takes the beginnings of titles that are there, of several specs', () => {
    expect(problemsOf('`spec/a/b.spec.ts › F1 says so`')).to.deep.equal([]);
    const both = '`spec/a/b.spec.ts › F1 says so, always`<br>`spec/a/b.spec.ts › counts to`';
    expect(problemsOf(both)).to.deep.equal([]);
  });

  it('finds a title that is gone, a file that is gone, and a row that nothing proves', () => {
    const where = 'docs/guarantees.md:5';
    expect(problemsOf('`spec/a/b.spec.ts › says so`')).to.deep.equal([
      `${where} names "says so", which no test of spec/a/b.spec.ts is called`,
    ]);
    expect(problemsOf('`spec/a/c.spec.ts › F1 says so`')).to.deep.equal([
      `${where} names spec/a/c.spec.ts, which is not there`,
    ]);
    expect(problemsOf('everybody knows')).to.deep.equal([`${where} names no spec`]);
    expect(problemsOf('`spec/a/b.spec.ts › F1`<br>`spec/a/b.spec.ts › it is said`')).to.have.length(
      1,
    );
  });
});
