import { expect } from 'chai';

import { fairClock, setFairTimeout } from '../../lib/base/fair-timer.ts';
import { ManualClock } from '../../lib/simulation/manual-clock.ts';
import { turns } from '../support/turns.ts';

/** A clock whose process can be held up. */
class HeldUpClock extends ManualClock {
  #heldUpMs = 0;

  override now(): number {
    return super.now() + this.#heldUpMs;
  }

  /** Timers that are due meanwhile fire late. */
  holdUp(ms: number): void {
    this.#heldUpMs += ms;
  }
}

describe('setFairTimeout', () => {
  it('calls back two turns after its time', async () => {
    const clock = new ManualClock();
    let calls = 0;
    setFairTimeout(clock, () => calls++, 10);
    clock.advance(10);
    await turns(1);
    expect(calls).to.equal(0);
    await turns(2);
    expect(calls).to.equal(1);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('F5 does not call back once it was canceled, in the turn between neither', async () => {
    const clock = new ManualClock();
    let calls = 0;
    const [early, late] = [10, 20].map((ms) => setFairTimeout(clock, () => calls++, ms));
    early?.cancel();
    clock.advance(20);
    late?.cancel();
    await turns(2);
    expect(calls).to.equal(0);
    expect(clock.pendingTimers).to.equal(0);
  });

  for (const [delayMs, moreMs] of [
    [300, 300],
    [10_000, 1_000],
  ] as const) {
    it(`waits ${moreMs} ms more after ${delayMs} ms in which the process was held up`, async () => {
      const clock = new HeldUpClock();
      let calls = 0;
      fairClock(clock).setTimeout(() => calls++, delayMs);
      clock.holdUp(1_000);
      clock.advance(delayMs);
      await turns(2);
      clock.advance(moreMs - 1);
      await turns(2);
      expect(calls).to.equal(0);
      clock.advance(1);
      await turns(2);
      expect(calls).to.equal(1);
    });
  }
});
