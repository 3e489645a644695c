import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';

describe('base/deferred', () => {
  it('settles once, with what came first', async () => {
    const resolved = new Deferred<number>();
    resolved.resolve(1);
    resolved.resolve(2);
    resolved.reject(new Error('late'));
    expect(await resolved.promise).to.equal(1);
    const reason = new Error('first');
    const rejected = new Deferred<number>();
    rejected.reject(reason);
    rejected.resolve(3);
    expect(await rejected.promise.catch((error: unknown) => error)).to.equal(reason);
  });

  // The root hook fails the run for a rejection that nobody handled.
  it('may be rejected while nobody waits', () => {
    new Deferred().reject(new Error('unheard'));
  });
});
