import { expect } from 'chai';

import { compareFigure } from '../../../bench/ab/comparison.ts';
import { figureName, pairedRound, rounds } from './support/rounds.ts';

const RATE = figureName('', 'msg/s');
const TIME = figureName('.p50', 'µs');

describe('compareFigure', () => {
  it('has the medians of both sides, the gain and the verdict', () => {
    const comparison = compareFigure(RATE, rounds(5, { '': 100 }, { '': 90 }));
    expect(comparison).to.deep.equal({
      name: 'small',
      unit: 'msg/s',
      values: { old: 100, new: 90 },
      gain: { ratio: 0.9, low: 0.9, high: 0.9 },
      cpu: undefined,
      rounds: 5,
      strayed: 0,
      verdict: 'worse',
    });
  });

  it('takes more for worse where less is better', () => {
    const { name, gain, verdict } = compareFigure(TIME, rounds(5, { '.p50': 4 }, { '.p50': 5 }));
    expect(name).to.equal('small.p50');
    expect(gain.ratio).to.equal(0.8);
    expect(verdict).to.equal('worse');
  });

  it('has the CPU time of each side of the connection, and the gain of both together', () => {
    const before = { '': 1, '.cpu.server': 3, '.cpu.client': 1 };
    const after = { '': 1, '.cpu.server': 1, '.cpu.client': 1 };
    const { cpu, verdict } = compareFigure(RATE, rounds(5, before, after));
    expect(cpu?.costs).to.deep.equal({
      old: { server: 3, client: 1 },
      new: { server: 1, client: 1 },
    });
    expect(cpu?.gain.ratio).to.equal(2);
    expect(verdict).to.equal('same');
  });

  it('does not count rounds in which the machine was slow', () => {
    const {
      values,
      rounds: count,
      strayed,
    } = compareFigure(RATE, [
      ...rounds(5, { '': 100 }, { '': 100 }),
      pairedRound({ '': 100 }, { '': 1 }, 3),
      pairedRound({ '': 100 }, { '': 1 }, 3),
    ]);
    expect(values).to.deep.equal({ old: 100, new: 100 });
    expect([count, strayed]).to.deep.equal([7, 2]);
  });

  it('refuses rounds without the figure', () => {
    expect(() => compareFigure(TIME, rounds(5, { '': 1 }, { '.p50': 1 }))).to.throw(
      'small.p50 has no value in some round',
    );
  });
});
