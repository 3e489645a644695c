import { expect } from 'chai';

import { concurrencyLimit, rateLimit } from '../../../lib/call/limits/call-limits.ts';
import {
  CallPlace,
  Governor,
  governorOf,
  type Refusal,
  takePlace,
  verbGovernor,
} from '../../../lib/call/limits/governor.ts';
import { ManualClock } from '../../../lib/testing.ts';
import { OptionError } from '../../../lib/index.ts';

function governor(limits: { concurrent?: number; perSecond?: number }): Governor {
  return new Governor(
    concurrencyLimit('maxConcurrent', limits.concurrent),
    rateLimit('callsPerSecond', limits.perSecond),
  );
}

/** A place that must be given. */
function placeOf(governors: readonly Governor[], clock: ManualClock): CallPlace {
  const place = takePlace(governors, clock);
  expect(place).to.be.instanceOf(CallPlace);
  return place as CallPlace;
}

describe('call/governor', () => {
  it('X8, E2 lets as many calls in as maxConcurrent, and no more before one has left', () => {
    for (const limit of [1, 2, 10]) {
      const [only, clock] = [governor({ concurrent: limit }), new ManualClock()];
      const places = Array.from({ length: limit }, () => placeOf([only], clock));
      expect(only.running).to.equal(limit);
      expect(takePlace([only], clock)).to.deep.equal({
        text: `${limit} calls are in progress, as many as maxConcurrent allows`,
        retryAfterMs: undefined,
      });
      places.pop()?.release();
      expect(only.running).to.equal(limit - 1);
      placeOf([only], clock);
      expect(takePlace([only], clock)).not.to.be.instanceOf(CallPlace);
    }
  });

  it('X8, E2 lets as many calls in at once as callsPerSecond, and says when the next one may come', () => {
    const [only, clock] = [governor({ perSecond: 4 }), new ManualClock()];
    for (let count = 0; count < 4; count++) placeOf([only], clock).release();
    const refusal = {
      text: 'more than 4 calls a second, which callsPerSecond does not allow',
      retryAfterMs: 250,
    };
    expect(takePlace([only], clock)).to.deep.equal(refusal);
    clock.advance(249);
    expect(takePlace([only], clock)).to.deep.equal({ ...refusal, retryAfterMs: 1 });
    clock.advance(1);
    placeOf([only], clock).release();
    expect(takePlace([only], clock)).to.deep.equal(refusal);
  });

  it('X8 asks for whole milliseconds after which the next try is let in', () => {
    for (const perSecond of [3, 7, 0.3, 999]) {
      const [only, clock] = [governor({ perSecond }), new ManualClock()];
      let refusal: Refusal | undefined;
      while (refusal === undefined) {
        const place = takePlace([only], clock);
        if (!(place instanceof CallPlace)) refusal = place;
      }
      expect(Number.isSafeInteger(refusal.retryAfterMs)).to.equal(true);
      clock.advance(refusal.retryAfterMs ?? 0);
      placeOf([only], clock);
    }
  });

  it('X8 counts a call that one governor turns away with none of them', () => {
    const clock = new ManualClock();
    const [wide, narrow] = [governor({ concurrent: 5, perSecond: 2 }), governor({ concurrent: 1 })];
    const place = placeOf([wide, narrow], clock);
    for (let count = 0; count < 10; count++) {
      expect(takePlace([wide, narrow], clock))
        .to.have.property('text')
        .that.matches(/^1 calls/);
    }
    expect([wide.running, narrow.running]).to.deep.equal([1, 1]);
    place.release();
    expect([wide.running, narrow.running]).to.deep.equal([0, 0]);
    // The rate was used once, not eleven times.
    placeOf([wide, narrow], clock);
  });

  it('X8 keeps a place until everybody who holds it has let go', () => {
    const [only, clock] = [governor({ concurrent: 1 }), new ManualClock()];
    const place = placeOf([only], clock);
    place.hold();
    place.release();
    expect(only.running).to.equal(1);
    place.release();
    expect(only.running).to.equal(0);
    // Work that begins when all seemed over counts as well.
    place.hold();
    expect(only.running).to.equal(1);
    place.release();
    expect(only.running).to.equal(0);
  });

  it('X8 keeps no place without limits, and reads no clock for it', () => {
    const clock = new ManualClock();
    clock.now = () => {
      throw new Error('the clock was read');
    };
    expect(takePlace([], clock)).to.equal(undefined);
    expect(governorOf('governance', undefined)).to.equal(undefined);
    expect(governorOf('governance', {})).to.equal(undefined);
    expect(verbGovernor({ maxConcurrent: Infinity })).to.equal(undefined);
  });

  it('X8 names the option that is out of bounds', () => {
    const limits: readonly [() => unknown, string][] = [
      [() => governorOf('governance', { maxConcurrentCalls: 0 }), 'governance.maxConcurrentCalls'],
      [
        () => governorOf('governance', { maxConcurrentCalls: 1.5 }),
        'governance.maxConcurrentCalls',
      ],
      [() => governorOf('governance', { callsPerSecond: 0 }), 'governance.callsPerSecond'],
      [() => governorOf('governance', { callsPerSecond: -1 }), 'governance.callsPerSecond'],
      [() => governorOf('a.b', { callsPerSecond: Number.NaN }), 'a.b.callsPerSecond'],
      [() => verbGovernor({ maxConcurrent: 0 }), 'maxConcurrent'],
      [() => verbGovernor({ callsPerSecond: 0 }), 'callsPerSecond'],
    ];
    for (const [make, option] of limits) {
      expect(make).to.throw(OptionError).and.include({ option });
    }
  });
});
