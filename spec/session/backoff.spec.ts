import { expect } from 'chai';

import type { Random } from '../../lib/base/random.ts';
import { Backoff } from '../../lib/session/backoff.ts';
import { resolveReconnect } from '../../lib/session/reconnect-options.ts';
import { ManualClock } from '../../lib/simulation/manual-clock.ts';
import { Dice } from '../../lib/simulation/world/dice.ts';

const RULES = resolveReconnect()!;

/** Always gives this share of all that is possible, from 0 to just below 1. */
function constant(share: number): Random {
  return {
    bytes: (count) => {
      const bytes = Buffer.alloc(count);
      bytes.writeUInt32LE(Math.floor(share * 2 ** 32));
      return bytes;
    },
  };
}

/** Gives the largest numbers, so that each delay is its bound. */
const LONGEST = constant(1 - 2 ** -32);

function delays(backoff: Backoff, count: number): number[] {
  return Array.from({ length: count }, () => Math.round(backoff.nextDelayMs()));
}

describe('Backoff', () => {
  it('L16 doubles the bound of the delays from 100 ms to 10 s', () => {
    const backoff = new Backoff(RULES, new ManualClock(), LONGEST);
    expect(delays(backoff, 9)).to.deep.equal([
      100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000,
    ]);
    expect(delays(backoff, 2_000).at(-1), 'for ever').to.equal(10_000);
  });

  it('L16 takes each delay, the first one too, from all between 0 and its bound', () => {
    for (const share of [0, 0.25, 0.5]) {
      const backoff = new Backoff(RULES, new ManualClock(), constant(share));
      expect(delays(backoff, 3)).to.deep.equal([100, 200, 400].map((bound) => bound * share));
    }
  });

  it('Restart, 1,000 clients: spread', () => {
    const dice = new Dice(6_889);
    const firsts: number[] = [];
    const fifths: number[] = [];
    for (let client = 0; client < 1_000; client++) {
      const backoff = new Backoff(RULES, new ManualClock(), dice);
      const [first, , , , fifth] = delays(backoff, 5);
      firsts.push(first!);
      fifths.push(fifth!);
    }
    for (const [bound, given] of [
      [100, firsts],
      [1_600, fifths],
    ] as const) {
      for (let tenth = 0; tenth < 10; tenth++) {
        const from = (tenth * bound) / 10;
        const count = given.filter((ms) => ms >= from && ms < from + bound / 10).length;
        expect(count, `from ${from} ms`).to.be.within(60, 140);
      }
    }
  });

  it('L16 begins anew after a connection that has lived for stableAfterMs, and no sooner', () => {
    for (const [livedMs, nextMs] of [
      [14_999, 400],
      [15_000, 100],
    ] as const) {
      const clock = new ManualClock();
      const backoff = new Backoff(RULES, clock, LONGEST);
      delays(backoff, 2);
      backoff.onConnected();
      clock.advance(livedMs);
      backoff.onLost();
      expect(delays(backoff, 1), `${livedMs} ms`).to.deep.equal([nextMs]);
    }
  });

  it('counts the time of no connection twice', () => {
    const clock = new ManualClock();
    const backoff = new Backoff(RULES, clock, LONGEST);
    backoff.onConnected();
    backoff.onLost();
    delays(backoff, 1);
    clock.advance(60_000);
    backoff.onLost();
    expect(delays(backoff, 1)).to.deep.equal([200]);
  });

  it('begins anew when it is told so, as a connection has proved its worth', () => {
    const backoff = new Backoff(RULES, new ManualClock(), LONGEST);
    expect(backoff.isFresh).to.equal(true);
    delays(backoff, 4);
    expect(backoff.isFresh).to.equal(false);
    backoff.reset();
    expect(backoff.isFresh).to.equal(true);
    expect(delays(backoff, 1)).to.deep.equal([100]);
  });

  it('counts an attempt that did not have to wait', () => {
    const backoff = new Backoff(RULES, new ManualClock(), LONGEST);
    backoff.skipDelay();
    expect(backoff.isFresh).to.equal(false);
    expect(delays(backoff, 1)).to.deep.equal([200]);
  });
});
