import { expect } from 'chai';

import { markdownTable } from '../../../bench/results/markdown-table.ts';

describe('markdownTable', () => {
  it('lines its columns up', () => {
    const table = markdownTable(
      [
        ['who', 'left'],
        ['value', 'right'],
      ],
      [
        ['floor', '1'],
        ['me', '1,000'],
      ],
    );
    expect(table.split('\n')).to.deep.equal([
      '| who   | value |',
      '| ----- | ----: |',
      '| floor |     1 |',
      '| me    | 1,000 |',
    ]);
  });

  it('keeps what would end a cell in it', () => {
    const [, , row] = markdownTable([['', 'left']], [['a|b']]).split('\n');
    expect(row).to.equal('| a\\|b |');
  });
});
