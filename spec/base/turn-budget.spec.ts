import { expect } from 'chai';

import { TURN_MS, TurnBudget, turnBudgetOf } from '../../lib/base/turn-budget.ts';
import { ManualClock } from '../../lib/simulation/manual-clock.ts';
import { turns } from '../support/turns.ts';

/** A manual clock that counts how often it is read. */
class CountedClock extends ManualClock {
  reads = 0;

  override now(): number {
    this.reads++;
    return super.now();
  }
}

function start(): { clock: CountedClock; budget: TurnBudget } {
  const clock = new CountedClock();
  const budget = turnBudgetOf(clock);
  clock.reads = 0;
  return { clock, budget };
}

/** Spends items of so many milliseconds until the turn's time is spent; how many there were. */
function spendTurn({ clock, budget }: ReturnType<typeof start>, itemMs: number): number {
  for (let items = 1; ; items++) {
    clock.advance(itemMs);
    if (budget.spend(1)) return items;
  }
}

describe('base/turn-budget', () => {
  it('is one for all that have the same clock', () => {
    const clock = new ManualClock();
    expect(turnBudgetOf(clock)).to.equal(turnBudgetOf(clock));
    expect(turnBudgetOf(clock)).to.not.equal(turnBudgetOf(new ManualClock()));
  });

  it('reads the clock once in 64 items, and lets quick ones pass', () => {
    const { clock, budget } = start();
    for (let items = 0; items < 640; items++) expect(budget.spend(1)).to.equal(false);
    expect(clock.reads).to.equal(10);
    expect(budget.spend(640), 'a batch').to.equal(false);
    expect(clock.reads).to.equal(11);
    expect(clock.pendingTurns).to.equal(0);
  });

  it('is spent when the items of a turn have taken their time, until the next turn', async () => {
    const bench = start();
    // The first look may have come after many turns, so that time counts from there.
    expect(spendTurn(bench, 0.125)).to.equal(64 + TURN_MS / 0.125);
    expect(bench.budget.spend(1), 'for everybody').to.equal(true);
    await turns(1);
    expect(bench.budget.spend(1)).to.equal(false);
  });

  it('takes no time for that of items in which the loop has turned or stood idle', async () => {
    const { budget, clock } = start();
    for (let minutes = 0; minutes < 10; minutes++) {
      clock.advance(60_000);
      for (let items = 0; items < 64; items++) expect(budget.spend(1)).to.equal(false);
      await turns(1);
    }
    expect(clock.pendingTurns).to.equal(0);
  });

  it('looks sooner where items are slow, and later again where they are quick', async () => {
    const bench = start();
    const spent: number[] = [];
    for (const itemMs of [1, 1, 1, 10, 10]) {
      spent.push(spendTurn(bench, itemMs));
      await turns(1);
    }
    expect(spent).to.deep.equal([64 + TURN_MS, TURN_MS, TURN_MS, TURN_MS, 1]);
    for (let items = 0; items < 1_000; items++) bench.budget.spend(1);
    bench.clock.reads = 0;
    for (let items = 0; items < 640; items++) bench.budget.spend(1);
    expect(bench.clock.reads).to.equal(10);
  });

  it('lets as many go on in a turn as it is likely to have time for, the first ones first', async () => {
    const bench = start();
    spendTurn(bench, 1);
    const gone: number[] = [];
    for (let waiting = 1; waiting <= 8; waiting++) {
      bench.budget.wait(() => void gone.push(waiting));
    }
    expect(gone).to.deep.equal([]);
    await turns(1);
    expect(gone).to.deep.equal([1, 2, 3]);
    await turns(2);
    expect(gone).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    await turns(1);
    expect(bench.clock.pendingTurns).to.equal(0);
  });

  it('passes a value on at once while there is time, else in a later turn', async () => {
    const bench = start();
    const told: string[] = [];
    void bench.budget.pass('at once', 1).then((value) => told.push(value));
    await Promise.resolve();
    expect(told).to.deep.equal(['at once']);
    spendTurn(bench, 1);
    void bench.budget.pass('later', 1).then((value) => told.push(value));
    for (let ticks = 0; ticks < 10; ticks++) await Promise.resolve();
    expect(told).to.deep.equal(['at once']);
    await turns(1);
    expect(told).to.deep.equal(['at once', 'later']);
  });

  it('counts one item the same by itself as among others', () => {
    const clock = new ManualClock();
    const [ones, any] = [new TurnBudget(clock), new TurnBudget(clock)];
    const spent = Array.from({ length: 20_000 }, (_, i) => {
      if (i % 50 === 0) clock.advance(1);
      const isSpent = ones.spendOne();
      expect(isSpent).to.equal(any.spend(1));
      return isSpent;
    });
    expect(spent).to.include(true).and.include(false);
  });
});
