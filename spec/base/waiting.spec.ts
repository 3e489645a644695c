import { getEventListeners } from 'node:events';

import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import { ManualClock } from '../../lib/simulation/manual-clock.ts';
import { judgeWait, overBefore, waitFor, WaitGuard, waitWithin } from '../../lib/base/waiting.ts';
import { CanceledError, OptionError, TimeoutError } from '../../lib/errors/errors.ts';

const about = { what: 'the test', scope: 'call' } as const;

function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

describe('base/waiting', () => {
  describe('waitFor', () => {
    it('is the promise itself where nothing bounds it', () => {
      const { promise } = new Deferred();
      const clock = new ManualClock();
      expect(waitFor(promise, clock, undefined, about)).to.equal(promise);
      expect(waitFor(promise, clock, {}, about)).to.equal(promise);
    });

    it('gives the value, and leaves neither timer nor listener behind', async () => {
      const clock = new ManualClock();
      const { signal } = new AbortController();
      const deferred = new Deferred<string>();
      const waiting = waitFor(deferred.promise, clock, { signal, timeoutMs: 5 }, about);
      expect([clock.pendingTimers, listeners(signal)]).to.deep.equal([1, 1]);
      deferred.resolve('value');
      expect(await waiting).to.equal('value');
      expect([clock.pendingTimers, listeners(signal)]).to.deep.equal([0, 0]);
    });

    it('gives the reason of a rejection as it is', async () => {
      const reason = new Error('refused');
      const bounds = { timeoutMs: 5 };
      const waiting = waitFor(Promise.reject(reason), new ManualClock(), bounds, about);
      expect(await outcome(waiting)).to.equal(reason);
    });

    it('gives up at the limit and not before', async () => {
      const clock = new ManualClock();
      let error: unknown;
      const waiting = waitFor(new Deferred().promise, clock, { timeoutMs: 100 }, about);
      const ended = waiting.catch((reason: unknown) => (error = reason));
      clock.advance(99);
      await Promise.resolve();
      expect(error).to.equal(undefined);
      clock.advance(1);
      await ended;
      expect(error).to.be.instanceOf(TimeoutError).and.include({ limitMs: 100, scope: 'call' });
      expect(error).to.have.property('message', 'the test took longer than 100 ms');
    });

    it('takes 0 and Infinity for no limit', async () => {
      for (const timeoutMs of [0, Infinity]) {
        const clock = new ManualClock();
        const deferred = new Deferred<number>();
        const waiting = waitFor(deferred.promise, clock, { timeoutMs }, about);
        expect(clock.pendingTimers).to.equal(0);
        deferred.resolve(timeoutMs);
        expect(await waiting).to.equal(timeoutMs);
      }
    });

    it('gives up when the signal fires, with its reason as the cause', async () => {
      const clock = new ManualClock();
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = waitFor(new Deferred().promise, clock, { signal, timeoutMs: 9 }, about);
      controller.abort('enough');
      const error = await outcome(waiting);
      expect(error).to.be.instanceOf(CanceledError).and.include({
        cause: 'enough',
        initiator: 'local',
      });
      expect([clock.pendingTimers, listeners(signal)]).to.deep.equal([0, 0]);
    });

    it('gives up when the signal fires where there is no limit', async () => {
      const controller = new AbortController();
      const bounds = { signal: controller.signal };
      const waiting = waitFor(new Deferred().promise, new ManualClock(), bounds, about);
      controller.abort();
      expect(await outcome(waiting)).to.be.instanceOf(CanceledError);
    });

    it('does not wait at all for a signal that has fired, whatever becomes of the promise', async () => {
      const signal = AbortSignal.abort('before');
      const unheard = Promise.reject(new Error('unheard'));
      const error = await outcome(waitFor(unheard, new ManualClock(), { signal }, about));
      expect(error).to.be.instanceOf(CanceledError);
    });
  });

  describe('WaitGuard', () => {
    it('says once that it is over, whatever happens next', () => {
      const clock = new ManualClock();
      const controller = new AbortController();
      const errors: Error[] = [];
      const bounds = { signal: controller.signal, timeoutMs: 10 };
      const guard = new WaitGuard(clock, bounds, about, (error) => errors.push(error));
      clock.advance(10);
      controller.abort();
      guard.end();
      expect(errors).to.have.length(1);
      expect(errors[0]).to.be.instanceOf(TimeoutError);
    });

    it('says nothing once it was stopped', () => {
      const clock = new ManualClock();
      const controller = new AbortController();
      const bounds = { signal: controller.signal, timeoutMs: 10 };
      const guard = new WaitGuard(clock, bounds, about, () => expect.fail('it was stopped'));
      guard.end();
      guard.end();
      clock.advance(10);
      controller.abort();
    });
  });
});

describe('overBefore', () => {
  it('says nothing of a wait that may begin', () => {
    for (const timeoutMs of [undefined, 0, 1, Infinity]) {
      const { signal } = new AbortController();
      expect(overBefore({ timeoutMs, signal }, about)).to.equal(undefined);
    }
  });

  it('has a wait canceled whose signal has fired, and timed out whose time is below 0', () => {
    const reason = new Error('no');
    expect(overBefore({ signal: AbortSignal.abort(reason), timeoutMs: -1 }, about))
      .to.be.instanceOf(CanceledError)
      .with.property('cause', reason);
    for (const timeoutMs of [-1, -Infinity]) {
      const over = overBefore({ timeoutMs }, about);
      expect(over).to.be.instanceOf(TimeoutError).and.have.property('retryable', false);
    }
  });

  it('refuses bounds that are of the wrong kind', () => {
    const refused = (bounds: object): string | undefined => overBefore(bounds, about)?.message;
    expect(refused({ timeoutMs: NaN })).to.contain('option timeoutMs: must be a number');
    expect(refused({ timeoutMs: '5' })).to.contain('option timeoutMs: must be a number');
    expect(refused({ signal: new AbortController() })).to.contain(
      'option signal: must be an Abort',
    );
    expect(overBefore(5 as unknown as object, about)?.message).to.equal(
      'option options: must be an object, not 5',
    );
    expect(overBefore(null as unknown as object, about)?.message).to.equal(
      'option options: must be an object, not null',
    );
  });
});

describe('judgeWait', () => {
  it('says nothing of a wait that may begin', () => {
    expect(judgeWait(undefined, about)).to.equal(undefined);
    expect(judgeWait({ signal: undefined, timeoutMs: 5 }, about)).to.equal(undefined);
  });

  it('names what waits in the error of wrong options', () => {
    const refused = (options: object | null): unknown => judgeWait(options as object, about);
    expect(refused({ timeoutMs: NaN }))
      .to.be.instanceOf(OptionError)
      .with.property('message')
      .that.matches(/^the test: option timeoutMs: must be a number/);
    for (const wrong of [null, { timeout: 5 }]) {
      expect(refused(wrong))
        .to.be.instanceOf(OptionError)
        .with.property('message')
        .that.contains('the test: option');
    }
    const own = new Error('own');
    const unreadable = Object.defineProperty({}, 'signal', {
      get() {
        throw own;
      },
      enumerable: true,
    });
    expect(refused(unreadable)).to.be.instanceOf(OptionError).and.include({
      message: 'the test: option options: can not be read',
      cause: own,
    });
  });
});

describe('waitWithin', () => {
  it('waits within options that are right', async () => {
    const clock = new ManualClock();
    expect(await waitWithin(Promise.resolve(5), clock, undefined, about)).to.equal(5);
    const waiting = waitWithin(new Deferred().promise, clock, { timeoutMs: 5 }, about);
    clock.advance(5);
    expect(await outcome(waiting)).to.be.instanceOf(TimeoutError);
  });

  it('does not wait at all within wrong ones, whatever becomes of the promise', async () => {
    const unheard = Promise.reject(new Error('unheard'));
    const waiting = waitWithin(unheard, new ManualClock(), { timeoutMs: NaN }, about);
    expect(await outcome(waiting))
      .to.be.instanceOf(OptionError)
      .with.property('message')
      .that.contains('the test: option timeoutMs');
  });
});
