import { expect } from 'chai';

import { Ranking } from '../../lib/base/ranking.ts';
import { seededNumbers } from '../support/chunks.ts';

interface Item {
  rank: number;
}

const sooner = (one: Item, other: Item): boolean => one.rank < other.rank;

/** Takes all items, the first ones first. */
function drain(ranking: Ranking<Item>): number[] {
  const ranks: number[] = [];
  for (let { first } = ranking; first !== undefined; { first } = ranking) {
    ranks.push(first.rank);
    ranking.remove(first);
  }
  return ranks;
}

describe('Ranking', () => {
  it('has no first item while it is empty', () => {
    const ranking = new Ranking(sooner);
    expect([ranking.first, ranking.size]).to.deep.equal([undefined, 0]);
    ranking.remove({ rank: 1 });
    expect(ranking.size).to.equal(0);
  });

  it('gives its items in their order, wherever they are put, moved and taken away', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = seededNumbers(seed);
      const draw = (below: number): number => Math.floor(random() * below);
      const ranking = new Ranking(sooner);
      const items = Array.from({ length: 1 + draw(40) }, () => ({ rank: draw(30) }));
      for (const item of items) ranking.place(item);
      const left = new Set<Item>(items);
      for (const item of items) {
        const action = draw(3);
        if (action === 0) {
          item.rank = draw(30);
          ranking.place(item);
        } else if (action === 1) {
          ranking.remove(item);
          left.delete(item);
        }
        const least = Math.min(...[...left].map(({ rank }) => rank));
        expect(ranking.first?.rank ?? Infinity, `seed ${seed}`).to.equal(least);
      }
      const ranks = [...left].map(({ rank }) => rank).sort((one, other) => one - other);
      expect(drain(ranking), `seed ${seed}`).to.deep.equal(ranks);
    }
  });

  it('compares a few items only, however many there are', () => {
    let count = 0;
    const ranking = new Ranking<Item>((one, other) => {
      count++;
      return sooner(one, other);
    });
    const items = Array.from({ length: 10_000 }, (_, rank) => ({ rank }));
    for (const item of items) ranking.place(item);
    count = 0;
    items[0]!.rank = 20_000;
    ranking.place(items[0]!);
    expect(count).to.be.within(1, 60);
    expect(ranking.first).to.equal(items[1]);
  });
});
