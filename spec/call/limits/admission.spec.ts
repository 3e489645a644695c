import { expect } from 'chai';

import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import {
  DEFAULT_RESOURCES,
  MemoryBudget,
  type MemoryUse,
  type ResourceLimits,
  resolveResources,
} from '../../../lib/call/limits/admission.ts';
import { OptionError } from '../../../lib/errors/errors.ts';

describe('resolveResources', () => {
  it('A2-limits defaults to Seastar’s basic 0 and bloat 1, with finite memory', () => {
    expect(resolveResources()).to.deep.equal({
      basicRequestBytes: 0,
      bloatFactor: 1,
      maxMemoryBytes: 268_435_456,
      maxConnectionMemoryBytes: 67_108_864,
      memoryWaitMs: 10_000,
      maxInFlight: 4096,
      arrivalTimeoutMs: 30_000,
    });
    expect(resolveResources({ bloatFactor: 2 })).to.deep.equal({
      ...DEFAULT_RESOURCES,
      bloatFactor: 2,
    });
  });

  for (const [option, value] of [
    ['basicRequestBytes', -1],
    ['bloatFactor', NaN],
    ['maxMemoryBytes', '1'],
    ['memoryWaitMs', -0.1],
    ['maxInFlight', 0],
    ['maxConnectionMemoryBytes', -1],
    ['arrivalTimeoutMs', 0],
    ['memory', 1],
  ] as const) {
    it(`refuses ${option} = ${String(value)}`, () => {
      // What comes from JavaScript or JSON has not met the compiler.
      const given = { [option]: value } as Partial<ResourceLimits>;
      expect(() => resolveResources(given)).to.throw(OptionError, `resources.${option}`);
    });
  }
});

describe('MemoryBudget', () => {
  it('A2-limits charges basic + size × bloat', () => {
    const { budget } = make({ basicRequestBytes: 100, bloatFactor: 3 });
    expect(budget.costOf(0)).to.equal(100);
    expect(budget.costOf(7)).to.equal(121);
  });

  it('E2 lends up to the limit and not a byte beyond', () => {
    const { budget } = make({ maxMemoryBytes: 10 });
    expect(budget.tryTake(9)).to.be.true;
    expect(budget.tryTake(2)).to.be.false;
    expect(budget.tryTake(1)).to.be.true;
    expect(budget.usedBytes).to.equal(10);
    expect(budget.tryTake(0)).to.be.true;
    budget.give(10);
    expect(budget.usedBytes).to.equal(0);
    expect(budget.tryTake(11)).to.be.false;
  });

  it('F24 grants in the order of asking: a small one does not overtake', () => {
    const { budget, wait, told } = make({ maxMemoryBytes: 10 });
    budget.tryTake(10);
    wait('large', 8);
    wait('small', 2);
    expect(budget.tryTake(0), 'nobody overtakes those who wait').to.be.false;
    budget.give(2);
    expect(told).to.deep.equal([]);
    budget.give(8);
    expect(told).to.deep.equal(['large granted', 'small granted']);
    expect(budget.usedBytes).to.equal(10);
  });

  it('F24 keeps a sixteenth for small requests, which wait behind no larger one', () => {
    const { budget, wait, told } = make({ maxMemoryBytes: 1_600 });
    expect(budget.tryTake(1_500, 'part')).to.be.true;
    expect(budget.tryTake(1, 'part')).to.be.false;
    wait('large', 50, 'part');
    expect(budget.tryTake(100)).to.be.true;
    expect(budget.tryTake(1)).to.be.false;
    budget.give(100);
    budget.give(50, false);
    expect(told).to.deep.equal(['large granted']);
    expect(budget.usedBytes).to.equal(1_500);
  });

  it('F24 lends all of it to a larger request that is the only one', () => {
    const { budget } = make({ maxMemoryBytes: 1_600 });
    expect(budget.tryTake(1_601, 'part')).to.be.false;
    expect(budget.tryTake(1_600, 'part')).to.be.true;
  });

  it('F24 lends one request its rest beyond the limit, and those without a part wait behind it', () => {
    const { budget, wait, told } = make({ maxMemoryBytes: 1_600 });
    budget.tryTake(1_500, 'part');
    wait('fresh', 10, 'part');
    expect(budget.tryTake(400, 'rest')).to.be.true;
    wait('rest', 400, 'rest');
    budget.give(100, false);
    expect(told, 'something is beyond still').to.deep.equal([]);
    budget.give(200, false);
    expect(told).to.deep.equal(['rest granted']);
    budget.give(1_000, false);
    expect(told).to.deep.equal(['rest granted', 'fresh granted']);
  });

  it('F24 refuses after memoryWaitMs and not before, and lets those behind go on', () => {
    const { budget, clock, wait, told } = make({ maxMemoryBytes: 10, memoryWaitMs: 1_000 });
    budget.tryTake(5);
    wait('large', 8);
    clock.advance(500);
    wait('small', 2);
    clock.advance(499);
    expect(told).to.deep.equal([]);
    clock.advance(1);
    expect(told).to.deep.equal(['large refused', 'small granted']);
    clock.advance(10_000);
    expect(told).to.have.length(2);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('waits for ever where memoryWaitMs is Infinity', () => {
    const { budget, clock, wait, told } = make({ maxMemoryBytes: 1, memoryWaitMs: Infinity });
    budget.tryTake(1);
    wait('late', 1);
    expect(clock.pendingTimers).to.equal(0);
    clock.advance(Number.MAX_SAFE_INTEGER);
    budget.give(1);
    expect(told).to.deep.equal(['late granted']);
  });

  it('forgets who withdraws, and lets those behind go on', () => {
    const { budget, clock, wait, told } = make({ maxMemoryBytes: 10 });
    budget.tryTake(5);
    const withdraw = wait('large', 8);
    wait('small', 2);
    withdraw();
    withdraw();
    expect(told).to.deep.equal(['small granted']);
    expect(clock.pendingTimers).to.equal(0);
    expect(budget.usedBytes).to.equal(7);
  });

  it('grants any number that give back at once, exactly and without deep recursion', () => {
    const { budget } = make({ maxMemoryBytes: 4, memoryWaitMs: Infinity });
    budget.tryTake(4);
    let granted = 0;
    for (let count = 0; count < 20_000; count++) {
      budget.wait(
        4,
        () => {
          granted++;
          budget.give(4);
        },
        () => {},
      );
    }
    budget.give(4);
    expect(granted).to.equal(20_000);
    expect(budget.usedBytes).to.equal(0);
  });
});

function make(resources: Partial<ResourceLimits>) {
  const clock = new ManualClock();
  const budget = new MemoryBudget(clock, resolveResources(resources));
  const told: string[] = [];
  const wait = (name: string, bytes: number, use?: MemoryUse): (() => void) =>
    budget.wait(
      bytes,
      () => told.push(`${name} granted`),
      () => told.push(`${name} refused`),
      use,
    );
  return { clock, budget, told, wait };
}
