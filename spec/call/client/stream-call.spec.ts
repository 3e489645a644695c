import { expect } from 'chai';

import { Deferred } from '../../../lib/base/deferred.ts';
import { StreamCall } from '../../../lib/call/client/stream-call.ts';
import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import type { NamedStream, Telling } from '../../../lib/stream/half/named-stream.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';

const LIMIT_MS = 3_000;

/** A stream of which a test says whether it tells its user. */
class Stream implements NamedStream {
  telling: Telling;
  onTold: (() => void) | undefined;

  constructor(telling: Telling) {
    this.telling = telling;
  }

  tell(): void {
    this.telling = 'told';
    this.onTold?.();
  }

  onPassed(): void {}
  onUnsent(): void {}
  setNaming(): void {}

  setCall(): void {}
  abort(): void {}
}

describe('StreamCall', () => {
  let clock: ManualClock;
  let result: Deferred<unknown>;

  const callOf = (...tellings: Telling[]): { call: StreamCall; streams: Stream[] } => {
    const streams = tellings.map((telling) => new Stream(telling));
    return { call: StreamCall.of(result.promise, { children: streams }, clock), streams };
  };

  beforeEach(() => {
    clock = new ManualClock();
    result = new Deferred();
  });

  it('settles as the call does, and makes ordinary promises', async () => {
    const { call } = callOf('later');
    const next = call.then((value) => [value]);
    expect(next.constructor).to.equal(Promise);
    expect(call.catch(() => {}).constructor).to.equal(Promise);
    result.resolve(7);
    expect(await call).to.equal(7);
    expect(await next).to.deep.equal([7]);
  });

  it('leaves no timer when a stream has told its user before', async () => {
    callOf('never', 'later', 'told');
    result.reject(new Error('lost'));
    await turns(1);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('waits for the next use of a stream, which tells', async () => {
    const { streams } = callOf('never', 'later');
    result.reject(new Error('lost'));
    await turns(1);
    expect(clock.pendingTimers).to.equal(1);
    streams[1]?.tell();
    expect(clock.pendingTimers).to.equal(0);
  });

  it('waits for what will tell for as long as it takes', async () => {
    const { streams } = callOf('later', 'pending');
    result.reject(new Error('lost'));
    await turns(1);
    clock.advance(2 * LIMIT_MS);
    await turns(1);
    expect(clock.pendingTimers).to.equal(1);
    streams[1]?.tell();
    expect(clock.pendingTimers).to.equal(0);
  });

  it('waits for nothing once somebody looks at it', async () => {
    const error = new Error('lost');
    const { call } = callOf('later');
    result.reject(error);
    await turns(1);
    expect(await rejectionOf(call, Error)).to.equal(error);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('takes the promise that it was passed to for handled where a stream tells', async () => {
    const { call } = callOf('pending');
    call.passTo(call.then(() => {}));
    const error = new Error('lost');
    result.reject(error);
    await turns(1);
    expect(clock.pendingTimers, 'of its own it waits for nothing').to.equal(0);
    expect(await rejectionOf(call, Error)).to.equal(error);
  });
});
