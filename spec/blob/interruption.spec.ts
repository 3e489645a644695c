import { expect } from 'chai';

import { CanceledError, TimeoutError } from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import { Interruption } from '../../lib/blob/interruption.ts';
import { rejectionOf } from '../support/rejection.ts';

const never = (): Promise<never> => new Promise(() => {});

describe('service/blob/interruption', () => {
  const clock = new ManualClock();

  it('passes on how an operation ends', async () => {
    const interruption = new Interruption(clock, {});
    expect(await interruption.wait(() => Promise.resolve(1))).to.equal(1);
    const failure = new Error('its own');
    expect(
      await rejectionOf(
        interruption.wait(() => Promise.reject(failure)),
        Error,
      ),
    ).to.equal(failure);
    interruption.check();
  });

  it('ends the wait with the first reason, and starts nothing afterwards', async () => {
    const interruption = new Interruption(clock, {});
    const waiting = interruption.wait(never);
    const reason = new Error('first');
    interruption.interrupt(reason);
    interruption.interrupt(new Error('second'));
    expect(await rejectionOf(waiting, Error)).to.equal(reason);

    let isStarted = false;
    const late = interruption.wait(() => {
      isStarted = true;
      return never();
    });
    expect(await rejectionOf(late, Error)).to.equal(reason);
    expect(isStarted).to.equal(false);
    expect(() => interruption.check()).to.throw(reason);
  });

  it('comes with the signal', async () => {
    const abort = new AbortController();
    const interruption = new Interruption(clock, { signal: abort.signal });
    const waiting = interruption.wait(never);
    abort.abort('enough');
    expect(await rejectionOf(waiting, CanceledError)).to.include({ cause: 'enough' });
  });

  it('has come when the signal had fired before', () => {
    const interruption = new Interruption(clock, { signal: AbortSignal.abort('before') });
    expect(() => interruption.check()).to.throw(CanceledError);
  });

  it('comes when the time is over, unless it was stopped', async () => {
    const waiting = new Interruption(clock, { timeoutMs: 10 }).wait(never);
    const stopped = new Interruption(clock, { timeoutMs: 10 });
    stopped.end();
    clock.advance(10);
    expect(await rejectionOf(waiting, TimeoutError)).to.include({ limitMs: 10 });
    stopped.check();
  });
});
