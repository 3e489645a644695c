import { expect } from 'chai';

import { ManualClock } from '../../lib/simulation/manual-clock.ts';
import { RateWindow } from '../../lib/base/rate-window.ts';

describe('base/rate-window', () => {
  it('allows ten times the rate in a window of ten seconds, and one more is too many', () => {
    const window = new RateWindow(new ManualClock(), 2);
    for (let i = 0; i < 20; i++) expect(window.count()).to.equal(true);
    expect(window.count()).to.equal(false);
  });

  it('forgets what was counted when the window is over', () => {
    const clock = new ManualClock();
    const window = new RateWindow(clock, 1);
    for (let i = 0; i < 11; i++) window.count();
    clock.advance(9_999);
    expect(window.isOver).to.equal(false);
    expect(window.count()).to.equal(false);
    clock.advance(1);
    expect(window.isOver).to.equal(true);
    expect(window.count()).to.equal(true);
  });

  it('is ten seconds long whenever it begins', () => {
    const clock = new ManualClock();
    clock.advance(20_000);
    const window = new RateWindow(clock, 1);
    expect(window.count()).to.equal(true);
    expect(window.isOver).to.equal(false);
  });
});
