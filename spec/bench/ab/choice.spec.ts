import { expect } from 'chai';

import { type Chosen, chooseFigures, matchFigures } from '../../../bench/ab/choice.ts';
import { workload } from './support/rounds.ts';

const WORKLOADS = [
  workload('stream.down', { '': 'msg/s' }),
  workload('stream.up', { '': 'msg/s' }),
  workload('unary', { '': 'calls/s', '.p50': 'µs' }),
];

function namesOf(chosen: readonly Chosen[]): string[] {
  return chosen.flatMap(({ figures }) => figures.map(({ workload: of, suffix }) => of + suffix));
}

describe('chooseFigures', () => {
  it('chooses all when nothing is asked for', () => {
    expect(namesOf(chooseFigures(WORKLOADS, []))).to.deep.equal([
      'stream.down',
      'stream.up',
      'unary',
      'unary.p50',
    ]);
  });

  it('chooses those that have one of the texts in their names, and their workloads alone', () => {
    const chosen = chooseFigures(WORKLOADS, ['y.p', 'am.up']);
    expect(namesOf(chosen)).to.deep.equal(['stream.up', 'unary.p50']);
    expect(chosen.map((one) => one.workload.name)).to.deep.equal(['stream.up', 'unary']);
  });

  it('names all figures when a text is in none of them', () => {
    expect(() => chooseFigures(WORKLOADS, ['unary', 'p51'])).to.throw(
      /^no figure has p51 in its name; there are:\nstream.down\nstream.up\nunary\nunary.p50$/,
    );
  });
});

describe('matchFigures', () => {
  it('keeps what the old side has in the same unit, and names the rest', () => {
    const old = [
      workload('stream.down', { '': 'MB/s' }),
      workload('unary', { '': 'calls/s' }),
      workload('gone', { '': 'msg/s' }),
    ];
    const { common, missing } = matchFigures(chooseFigures(WORKLOADS, []), old);
    expect(namesOf(common)).to.deep.equal(['unary']);
    expect(missing).to.deep.equal(['stream.down', 'stream.up', 'unary.p50']);
  });
});
