import { expect } from 'chai';

import type { PairedRound } from '../../../bench/ab/comparison.ts';
import { decideFigures } from '../../../bench/ab/decide.ts';
import { figureName, pairedRound } from './support/rounds.ts';

const COUNTS = { rounds: 5, maxRounds: 12 };

/** What a made-up run came to: its verdicts, and the numbers of the rounds that were asked for. */
interface Course {
  readonly verdicts: readonly string[];
  readonly asked: readonly number[];
}

/** @param roundAt - what comes of a round, by its number and by how many were measured before. */
async function decide(
  suffixes: readonly string[],
  roundAt: (round: number, before: number) => PairedRound,
): Promise<Course> {
  const asked: number[] = [];
  const comparisons = await decideFigures(
    suffixes.map((suffix) => figureName(suffix, 'msg/s')),
    COUNTS,
    async (round) => roundAt(round, asked.push(round) - 1),
  );
  expect(comparisons.map(({ name }) => name)).to.deep.equal(suffixes.map((one) => `small${one}`));
  return { verdicts: comparisons.map(({ verdict }) => verdict), asked };
}

/** The numbers of so many rounds. */
function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

describe('decideFigures', () => {
  it('stops after the first rounds when they tell', async () => {
    const { verdicts, asked } = await decide([''], () => pairedRound({ '': 100 }, { '': 99 }));
    expect(verdicts).to.deep.equal(['same']);
    expect(asked).to.deep.equal(numbers(5));
  });

  it('goes on while a figure is undecided, and takes all figures along', async () => {
    const { verdicts, asked } = await decide(['', '.other'], (round) =>
      pairedRound({ '': 100, '.other': 100 }, { '': 100, '.other': round === 0 ? 50 : 100 }),
    );
    expect(verdicts).to.deep.equal(['same', 'same']);
    expect(asked).to.deep.equal(numbers(10));
  });

  it('makes up for rounds that do not count', async () => {
    const { verdicts, asked } = await decide([''], (round) =>
      pairedRound({ '': 100 }, { '': 100 }, round === 1 || round === 3 ? 9 : 2),
    );
    expect(verdicts).to.deep.equal(['same']);
    expect(asked).to.deep.equal(numbers(7));
  });

  it('gives up at the bound, even within a batch', async () => {
    const { verdicts, asked } = await decide([''], (round) =>
      pairedRound({ '': 100 }, { '': round % 2 === 0 ? 50 : 150 }),
    );
    expect(verdicts).to.deep.equal(['undecided']);
    expect(asked).to.deep.equal(numbers(12));
  });

  it('measures what came out worse once more, and believes it then', async () => {
    const { verdicts, asked } = await decide([''], () => pairedRound({ '': 100 }, { '': 90 }));
    expect(verdicts).to.deep.equal(['worse']);
    expect(asked).to.deep.equal([...numbers(5), ...numbers(5)]);
  });

  it('takes the second result of that figure, and the first of the others', async () => {
    const { verdicts, asked } = await decide(['', '.other'], (_round, before) =>
      pairedRound(
        { '': 100, '.other': 100 },
        before < 5 ? { '': 90, '.other': 110 } : { '': 100, '.other': 90 },
      ),
    );
    expect(verdicts).to.deep.equal(['same', 'better']);
    expect(asked).to.deep.equal([...numbers(5), ...numbers(5)]);
  });
});
