import {
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  fallback,
  handleAll,
  noop,
  retry,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import { expect } from 'chai';

import { ClosedError, RefusedError, StatusError, TimeoutError } from '../../../lib/index.ts';
import { MisuseError } from '../../../lib/errors/errors.ts';
import { isRetryable, type Policy, retryAfterMs } from '../../../lib/service/middleware/policy.ts';

/** That they fit is for the compiler to say. */
const POLICIES: Readonly<Record<string, Policy>> = {
  retry: retry(handleAll, { maxAttempts: 2 }),
  circuitBreaker: circuitBreaker(handleAll, {
    halfOpenAfter: 10,
    breaker: new ConsecutiveBreaker(5),
  }),
  bulkhead: bulkhead(2),
  timeout: timeout(1_000, TimeoutStrategy.Cooperative),
  fallback: fallback(handleAll, 'instead'),
  wrap: wrap(retry(handleAll, { maxAttempts: 2 }), bulkhead(2)),
  noop,
};

describe('service/policy', () => {
  for (const [name, policy] of Object.entries(POLICIES)) {
    it(`X8 takes cockatiel’s ${name} as it is`, async () => {
      expect(await policy.execute(() => Promise.resolve('result'))).to.equal('result');
    });
  }

  it('X8 knows which errors may be repeated, by what they say', () => {
    const retryable = [
      new RefusedError('full', { initiator: 'remote', retryable: true }),
      new ClosedError('lost', 'transport'),
      new TimeoutError('the call', 5, 'call'),
      new StatusError('unavailable', 'later'),
      new StatusError('resource-exhausted', 'full', { retryAfterMs: 5 }),
      Object.assign(new Error('one of your own'), { retryable: true }),
    ];
    const final = [
      new RefusedError('not you', { initiator: 'remote' }),
      new ClosedError('closed', 'local'),
      new MisuseError('not like that'),
      new StatusError('invalid-argument', 'no'),
      new Error('anything'),
      { retryable: 'yes' },
      'text',
      null,
      undefined,
    ];
    expect(retryable.map(isRetryable)).to.not.include(false);
    expect(final.map(isRetryable)).to.not.include(true);
  });

  it('X8 knows how long the server asks to wait', () => {
    const asked = new StatusError('resource-exhausted', 'full', { retryAfterMs: 250 });
    expect(retryAfterMs(asked)).to.equal(250);
    const others = [
      new StatusError('unavailable', 'later'),
      new Error('anything'),
      { retryAfterMs: '5' },
      { retryAfterMs: -1 },
      { retryAfterMs: Number.NaN },
      'text',
      null,
    ];
    for (const error of others) expect(retryAfterMs(error)).to.equal(undefined);
  });
});
