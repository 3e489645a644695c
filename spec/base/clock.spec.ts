import { expect } from 'chai';

import { systemClock } from '../../lib/base/clock.ts';

describe('systemClock', () => {
  it('goes forward only', () => {
    const first = systemClock.now();
    expect(systemClock.now()).to.be.at.least(first);
  });

  it('calls back once the delay has passed', async () => {
    const startMs = systemClock.now();
    await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, 2));
    // Node rounds a delay down to its own millisecond.
    expect(systemClock.now() - startMs).to.be.at.least(1);
  });

  it('keeps a delay that Node’s own timers would turn into a millisecond', async () => {
    let fired = false;
    const timer = systemClock.setTimeout(() => (fired = true), 2 ** 40);
    await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, 5));
    timer.cancel();
    expect(fired).to.equal(false);
  });

  it('goes on with the rest of a delay once Node’s longest has passed', () => {
    const { setTimeout } = globalThis;
    const steps: number[] = [];
    let fired = 0;
    try {
      globalThis.setTimeout = ((step: () => void, delayMs: number) => {
        steps.push(delayMs);
        step();
      }) as unknown as typeof setTimeout;
      systemClock.setTimeout(() => fired++, 0x7fff_ffff * 2 + 5);
    } finally {
      globalThis.setTimeout = setTimeout;
    }
    expect([fired, steps]).to.deep.equal([1, [0x7fff_ffff, 0x7fff_ffff, 5]]);
  });

  it('never fires a canceled timer, and a second cancel does nothing', async () => {
    let fired = false;
    const timer = systemClock.setTimeout(() => (fired = true), 1);
    timer.cancel();
    timer.cancel();
    await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, 5));
    expect(fired).to.equal(false);
  });

  it('runs deferred work before yielded work', async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      systemClock.yield(() => {
        order.push('yielded');
        resolve();
      });
      systemClock.defer(() => order.push('deferred'));
      order.push('now');
    });
    expect(order).to.deep.equal(['now', 'deferred', 'yielded']);
  });
});
