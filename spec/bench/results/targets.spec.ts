import { expect } from 'chai';

import { CHARTS } from '../../../bench/results/charts.ts';
import { TARGETS } from '../../../bench/results/targets.ts';

describe('TARGETS', () => {
  it('asks nothing of the same figure against the same yardstick twice', () => {
    const asked = TARGETS.flatMap(({ figures, bounds }) =>
      figures.flatMap((name) =>
        bounds.map(({ ...bound }) => {
          const { atLeast, atMost, ...yardstick } = { atLeast: 0, atMost: 0, ...bound };
          expect(Math.max(atLeast, atMost)).to.be.greaterThan(0);
          return `${name} ${JSON.stringify(yardstick)}`;
        }),
      ),
    );
    expect(new Set(asked).size).to.equal(asked.length);
  });

  it('holds figures only against such as are asked for something themselves', () => {
    const known = new Set(TARGETS.flatMap(({ figures }) => figures));
    const yardsticks = TARGETS.flatMap(({ bounds }) => bounds).flatMap((bound) =>
      'figure' in bound ? [bound.figure] : [],
    );
    expect(yardsticks.filter((name) => !known.has(name))).to.deep.equal([]);
  });

  it('is about figures that have bars in a plot, but for four', () => {
    const plotted = new Set(CHARTS.flatMap(({ panels }) => panels.map(([name]) => name)));
    const hidden = TARGETS.flatMap(({ figures }) => figures).filter((name) => !plotted.has(name));
    expect(hidden).to.deep.equal([
      'unary.beside-bulk.bulk',
      'unary.beside-bulk.borrowed.bulk',
      'busy-among-idle',
      'service.nested.c1.connections',
    ]);
  });
});
