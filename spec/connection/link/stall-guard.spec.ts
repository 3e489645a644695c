import { expect } from 'chai';

import { StallGuard } from '../../../lib/connection/link/stall-guard.ts';
import { ManualClock } from '../../../lib/simulation/manual-clock.ts';

function start(limitMs: number): { clock: ManualClock; guard: StallGuard; stalls: () => number } {
  const clock = new ManualClock();
  let count = 0;
  const guard = new StallGuard(clock, limitMs, () => count++);
  return { clock, guard, stalls: () => count };
}

describe('connection/stall-guard', () => {
  it('F4 fires at the limit and not before, once', () => {
    const { clock, guard, stalls } = start(100);
    guard.restart();
    clock.advance(99);
    expect(stalls()).to.equal(0);
    clock.advance(1);
    clock.advance(1_000);
    expect(stalls()).to.equal(1);
  });

  it('F4 starts anew with everything that moves', () => {
    const { clock, guard, stalls } = start(100);
    guard.restart();
    clock.advance(99);
    guard.touch();
    clock.advance(99);
    expect(stalls()).to.equal(0);
    clock.advance(1);
    expect(stalls()).to.equal(1);
  });

  it('does not start because something moves that nobody waits for', () => {
    const { clock, guard, stalls } = start(100);
    guard.touch();
    expect(clock.pendingTimers).to.equal(0);
    guard.restart();
    guard.end();
    guard.touch();
    clock.advance(1_000);
    expect(stalls()).to.equal(0);
  });
});
