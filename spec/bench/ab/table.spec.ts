import { expect } from 'chai';

import type { Comparison } from '../../../bench/ab/comparison.ts';
import { formatLine, formatTable } from '../../../bench/ab/table.ts';

const WORSE: Comparison = {
  name: 'stream.down',
  unit: 'msg/s',
  values: { old: 1_234_567, new: 1_111_111 },
  gain: { ratio: 0.9, low: 0.85, high: 0.95 },
  cpu: {
    costs: { old: { server: 0.1234, client: 1 }, new: { server: 0.2, client: 1.5 } },
    gain: { ratio: 0.66, low: 0.6, high: 0.7 },
  },
  rounds: 9,
  strayed: 2,
  verdict: 'worse',
};

const UNDECIDED: Comparison = {
  ...WORSE,
  name: 'idle.rss',
  unit: 'B/stream',
  cpu: undefined,
  strayed: 0,
  verdict: 'undecided',
};

/** The cells of the rows, without the head. */
function rowsOf(table: string): string[][] {
  return table
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe('formatTable', () => {
  it('has values, gains with their intervals, CPU of server and client, rounds and verdict', () => {
    expect(rowsOf(formatTable([WORSE]))).to.deep.equal([
      [
        'stream.down',
        'msg/s',
        '1,230,000',
        '1,110,000',
        '0.900 (0.850–0.950)',
        '0.123 + 1',
        '0.2 + 1.5',
        '0.660 (0.600–0.700)',
        '9, 2 strayed',
        'WORSE',
      ],
    ]);
  });

  it('leaves CPU out where there is none, and strayed rounds where all count', () => {
    const [row] = rowsOf(formatTable([UNDECIDED]));
    expect(row?.slice(5)).to.deep.equal(['', '', '', '9', 'undecided']);
  });
});

describe('formatLine', () => {
  it('says in one line how a figure came out', () => {
    expect(formatLine(WORSE)).to.equal('stream.down: 0.900 (0.850–0.950) after 9 rounds, worse');
  });
});
