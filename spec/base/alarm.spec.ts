import { expect } from 'chai';

import { Alarm } from '../../lib/base/alarm.ts';
import { ManualClock } from '../../lib/simulation/manual-clock.ts';

describe('base/alarm', () => {
  it('calls back once, at its time and not before', () => {
    const clock = new ManualClock();
    const alarm = new Alarm(clock);
    let calls = 0;
    alarm.set(100, () => calls++);
    clock.advance(99);
    expect([calls, alarm.isSet]).to.deep.equal([0, true]);
    clock.advance(1);
    clock.advance(1_000);
    expect([calls, alarm.isSet]).to.deep.equal([1, false]);
  });

  it('has one call pending, the last that was set', () => {
    const clock = new ManualClock();
    const alarm = new Alarm(clock);
    const calls: string[] = [];
    alarm.set(10, () => calls.push('first'));
    alarm.set(20, () => calls.push('second'));
    expect(clock.pendingTimers).to.equal(1);
    clock.advance(20);
    expect(calls).to.deep.equal(['second']);
  });

  it('can be set anew by its own callback', () => {
    const clock = new ManualClock();
    const alarm = new Alarm(clock);
    let calls = 0;
    const again = (): void => {
      calls++;
      if (calls < 3) alarm.set(10, again);
    };
    alarm.set(10, again);
    clock.advance(100);
    expect([calls, alarm.isSet]).to.deep.equal([3, false]);
  });

  it('never calls back once it was cleared', () => {
    const clock = new ManualClock();
    const alarm = new Alarm(clock);
    alarm.set(10, () => expect.fail('it was cleared'));
    alarm.clear();
    alarm.clear();
    expect([alarm.isSet, clock.pendingTimers]).to.deep.equal([false, 0]);
    clock.advance(10);
  });
});
