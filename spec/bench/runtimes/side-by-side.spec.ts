import { expect } from 'chai';

import { sideBySide } from '../../../bench/runtimes/side-by-side.ts';
import type { Figure } from '../../../bench/support/figure.ts';

function figure(name: string, value: number, subject = 'sluice'): Figure {
  return {
    name,
    subject,
    value,
    unit: 'msg/s',
    spread: 0,
    rounds: 1,
    floor: 10,
    ratio: value / 10,
  };
}

describe('sideBySide', () => {
  it('has a cell for each run, and none where a run lacks the figure', () => {
    const rows = sideBySide([
      { major: '20', figures: [figure('a', 5), figure('a', 10, 'floor')] },
      { major: '22', figures: [figure('b', 7), figure('a', 6)] },
    ]);
    expect(rows.map(({ name, cells }) => [name, cells.map((cell) => cell?.ratio)])).to.deep.equal([
      ['a', [0.5, 0.6]],
      ['b', [undefined, 0.7]],
    ]);
  });
});
