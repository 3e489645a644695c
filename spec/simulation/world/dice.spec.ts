import { expect } from 'chai';

import { Dice } from '../../../lib/simulation.ts';

describe('Dice', () => {
  it('gives the numbers of its seed, on every machine', () => {
    expect(numbers(new Dice(0), 4)).to.deep.equal([108_883, 789_446, 361_417, 130_416]);
    expect(numbers(new Dice(1), 4)).to.deep.equal([452_416, 514_565, 61_415, 688_319]);
    expect(numbers(new Dice(2 ** 53 - 1), 4)).to.deep.equal([428_221, 448_793, 268_730, 475_189]);
    expect(new Dice(1).bytes(8).toString('hex')).to.equal('73830fb0a0beff0a');
  });

  it('gives other numbers to seeds that differ in any bit', () => {
    const seeds = [0, ...Array.from({ length: 53 }, (_, bit) => 2 ** bit)];
    const firsts = seeds.map((seed) => numbers(new Dice(seed), 2).join(' '));
    expect(new Set(firsts).size).to.equal(seeds.length);
  });

  it('gives every number of a range, about as often as any other', () => {
    const dice = new Dice(7);
    const counts = Array.from({ length: 6 }, () => 0);
    for (let i = 0; i < 6_000; i++) counts[dice.between(1, 6) - 1]! += 1;
    for (const count of counts) expect(count).to.be.within(900, 1_100);
  });

  it('is sure where the probability is 0 or 1, and else true as often as it says', () => {
    const dice = new Dice(7);
    const hits = (probability: number): number =>
      Array.from({ length: 1_000 }, () => dice.chance(probability)).filter(Boolean).length;
    expect(hits(0)).to.equal(0);
    expect(hits(1)).to.equal(1_000);
    expect(hits(0.25)).to.be.within(200, 300);
  });

  it('picks among values, of which there must be one', () => {
    const dice = new Dice(3);
    const picked = Array.from({ length: 50 }, () => dice.pick(['a', 'b', 'c']));
    expect([...new Set(picked)].toSorted()).to.deep.equal(['a', 'b', 'c']);
    expect(() => dice.pick([])).to.throw('there is nothing to pick from');
  });

  it('refuses ranges that are empty, broken or too wide, and what is no probability', () => {
    const dice = new Dice(3);
    const refused: [() => unknown, string][] = [
      ...[0, -1, 1.5, NaN, 2 ** 32 + 1].map((count): [() => unknown, string] => [
        () => dice.below(count),
        `dice.below: count must be a whole number from 1 to 2^32, not ${count}`,
      ]),
      [() => dice.below('3' as never), 'not "3"'],
      [() => dice.between(0.5, 2), 'dice.between: least must be a whole number, not 0.5'],
      [() => dice.between(2, 1), 'dice.between: most must be a whole number from 2 to'],
      [() => dice.between(0, 2 ** 32), 'dice.between: most must be a whole number from 0 to'],
      ...[-0.1, 1.1, NaN].map((probability): [() => unknown, string] => [
        () => dice.chance(probability),
        `dice.chance: probability must be a number from 0 to 1, not ${probability}`,
      ]),
      [() => dice.pick('abc' as never), 'dice.pick: values must be an array, not "abc"'],
    ];
    for (const [attempt, text] of refused) expect(attempt).to.throw(text);
    expect(dice.between(-5, -5)).to.equal(-5);
    expect(dice.below(2 ** 32)).to.be.within(0, 2 ** 32 - 1);
  });

  it('makes further dice, whose numbers do not depend on what is drawn from these later', () => {
    const one = new Dice(5);
    const other = new Dice(5);
    const fork = one.fork();
    numbers(one, 10);
    expect(numbers(fork, 4)).to.deep.equal(numbers(other.fork(), 4));
  });

  it('refuses a seed that is no whole number from 0 to 2^53 - 1', () => {
    for (const seed of [-1, 0.5, 2 ** 53, NaN, Infinity]) {
      expect(() => new Dice(seed)).to.throw(`a seed is a whole number from 0 to 2^53 - 1, not`);
    }
  });
});

function numbers(dice: Dice, count: number): number[] {
  return Array.from({ length: count }, () => dice.below(1_000_000));
}
