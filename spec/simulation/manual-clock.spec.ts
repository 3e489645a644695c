import { expect } from 'chai';

import { ManualClock } from '../../lib/simulation/manual-clock.ts';

describe('ManualClock', () => {
  it('stands still until it is advanced', () => {
    const clock = new ManualClock();
    expect(clock.now()).to.equal(0);
    clock.advance(1.5);
    clock.advance(0);
    expect(clock.now()).to.equal(1.5);
  });

  it('fires timers in the order they are due, and equals in the order they were set', () => {
    const clock = new ManualClock();
    const fired: string[] = [];
    clock.setTimeout(() => fired.push('late'), 20);
    clock.setTimeout(() => fired.push('first of two'), 10);
    clock.setTimeout(() => fired.push('second of two'), 10);
    clock.setTimeout(() => fired.push('early'), 5);
    clock.advance(20);
    expect(fired).to.deep.equal(['early', 'first of two', 'second of two', 'late']);
  });

  it('fires at the limit and not before', () => {
    const clock = new ManualClock();
    let fired = 0;
    clock.setTimeout(() => fired++, 10);
    clock.advance(9);
    expect(fired).to.equal(0);
    clock.advance(1);
    expect(fired).to.equal(1);
    clock.advance(100);
    expect(fired).to.equal(1);
  });

  it('shows each callback the instant it was due at', () => {
    const clock = new ManualClock();
    const seen: number[] = [];
    clock.setTimeout(() => seen.push(clock.now()), 3);
    clock.setTimeout(() => seen.push(clock.now()), 7);
    clock.advance(10);
    expect(seen).to.deep.equal([3, 7]);
    expect(clock.now()).to.equal(10);
  });

  it('fires timers that are set while it advances', () => {
    const clock = new ManualClock();
    const fired: number[] = [];
    const tick = (): void => {
      fired.push(clock.now());
      clock.setTimeout(tick, 10);
    };
    clock.setTimeout(tick, 10);
    clock.advance(35);
    expect(fired).to.deep.equal([10, 20, 30]);
    expect(clock.pendingTimers).to.equal(1);
  });

  it('never fires a canceled timer, also one canceled while it advances', () => {
    const clock = new ManualClock();
    const fired: string[] = [];
    clock.setTimeout(() => victim.cancel(), 5);
    const victim = clock.setTimeout(() => fired.push('victim'), 10);
    const other = clock.setTimeout(() => fired.push('other'), 10);
    clock.advance(10);
    other.cancel();
    expect(fired).to.deep.equal(['other']);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('counts timers that have neither fired nor been canceled', () => {
    const clock = new ManualClock();
    const timer = clock.setTimeout(() => {}, 5);
    clock.setTimeout(() => {}, Infinity);
    expect(clock.pendingTimers).to.equal(2);
    timer.cancel();
    timer.cancel();
    expect(clock.pendingTimers).to.equal(1);
    clock.advance(1e12);
    expect(clock.pendingTimers).to.equal(1);
  });

  it('takes a delay that is negative or no number for 0, and still waits for an advance', () => {
    const clock = new ManualClock();
    let fired = 0;
    clock.setTimeout(() => fired++, -1);
    clock.setTimeout(() => fired++, Number.NaN);
    expect(fired).to.equal(0);
    clock.advance(0);
    expect(fired).to.equal(2);
  });

  it('stands at a callback that throws, with the later timers still pending', () => {
    const clock = new ManualClock();
    clock.setTimeout(() => {
      throw new Error('broken');
    }, 5);
    clock.setTimeout(() => {}, 6);
    expect(() => clock.advance(10)).to.throw('broken');
    expect(clock.now()).to.equal(5);
    expect(clock.pendingTimers).to.equal(1);
  });

  it('never goes back, also when a callback advances it further', () => {
    const clock = new ManualClock();
    clock.setTimeout(() => clock.advance(100), 5);
    clock.advance(10);
    expect(clock.now()).to.equal(105);
  });

  it('takes a part of a millisecond for a whole one, so that what is set again for a rest comes to an end', () => {
    const clock = new ManualClock();
    clock.advance(1.5);
    let fired = 0;
    const again = (): void => {
      if (++fired < 3) clock.setTimeout(again, 1e-12);
    };
    clock.setTimeout(again, 1e-12);
    clock.advance(1);
    expect(fired).to.equal(1);
    clock.advance(1.5);
    expect(fired).to.equal(2);
  });

  it('refuses to go back', () => {
    const clock = new ManualClock();
    expect(() => clock.advance(-1)).to.throw(RangeError);
    expect(() => clock.advance(Number.NaN)).to.throw(RangeError);
  });

  it('defers and yields on Node’s own loop', async () => {
    const clock = new ManualClock();
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      clock.yield(() => {
        order.push('yielded');
        resolve();
      });
      clock.defer(() => order.push('deferred'));
    });
    expect(order).to.deep.equal(['deferred', 'yielded']);
  });

  it('defers and yields on the turns it was given', () => {
    const queue: (() => void)[] = [];
    const push = (callback: () => void): void => void queue.push(callback);
    const clock = new ManualClock({ defer: push, yield: push });
    let ran = 0;
    clock.defer(() => ran++);
    clock.yield(() => ran++);
    expect(ran).to.equal(0);
    for (const callback of queue) callback();
    expect(ran).to.equal(2);
  });
});
