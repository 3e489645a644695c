import { expect } from 'chai';

import { REPLAY_WINDOW, ReplayWindow } from '../../../lib/connection/handshake/replay-window.ts';

/** A window that has seen the counters before, in this order. */
function windowAfter(...counters: readonly number[]): ReplayWindow {
  const window = new ReplayWindow();
  for (const counter of counters) window.use(counter);
  return window;
}

/** What the window does, slowly: remembers everything. */
class SlowWindow {
  readonly #used = new Set<number>();
  #highest = 0;

  use(counter: number): boolean {
    if (counter <= this.#highest - REPLAY_WINDOW || this.#used.has(counter)) return false;
    this.#highest = Math.max(this.#highest, counter);
    this.#used.add(counter);
    return true;
  }
}

describe('connection/replay-window', () => {
  it('takes each counter once, in any order', () => {
    const window = new ReplayWindow();
    for (const counter of [1, 3, 2, 40, 31, 32, 33, 1_000]) {
      expect(window.use(counter), `first ${counter}`).to.equal(true);
    }
    for (const counter of [1, 3, 2, 40, 31, 32, 33, 1_000]) {
      expect(window.use(counter), `second ${counter}`).to.equal(false);
    }
  });

  it('E2 reaches 1,024 counters back from the highest, and no further', () => {
    expect(REPLAY_WINDOW).to.equal(1_024);
    const highest = 5_000;
    for (const [behind, isTaken] of [
      [REPLAY_WINDOW - 2, true],
      [REPLAY_WINDOW - 1, true],
      [REPLAY_WINDOW, false],
      [REPLAY_WINDOW + 1, false],
    ] as const) {
      expect(windowAfter(highest).use(highest - behind), `${behind} behind`).to.equal(isTaken);
    }
  });

  it('forgets what falls out behind a jump, whatever its length', () => {
    for (const jump of [1, 31, 32, 1_023, 1_024, 1_025, 10_000]) {
      const window = windowAfter(1, 2, 3);
      const highest = 3 + jump;
      expect(window.use(highest), `jump of ${jump}`).to.equal(true);
      expect(window.use(highest)).to.equal(false);
      for (const counter of [1, 2, 3]) expect(window.use(counter)).to.equal(false);
      if (jump > 1) expect(window.use(highest - 1)).to.equal(true);
    }
  });

  it('counts as far as whole numbers go', () => {
    const window = windowAfter(2 ** 31 - 1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER);
    expect(window.use(Number.MAX_SAFE_INTEGER)).to.equal(false);
    expect(window.use(Number.MAX_SAFE_INTEGER - 1)).to.equal(true);
  });

  it('agrees with one that remembers everything', () => {
    let seed = 7;
    const next = (below: number): number => {
      seed = (seed * 48_271) % 0x7fff_ffff;
      return seed % below;
    };
    const [fast, slow] = [new ReplayWindow(), new SlowWindow()];
    let around = 1;
    for (let round = 0; round < 20_000; round++) {
      if (next(100) === 0) around += next(1_500);
      const counter = Math.max(1, around + next(80) - (next(2) === 0 ? next(1_200) : 0));
      expect(fast.use(counter), `round ${round}, counter ${counter}`).to.equal(slow.use(counter));
    }
  });
});
