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

  it('settles whether its promise is asked for before or after, and gives one promise', async () => {
    const asked = new Deferred<string>();
    const { promise } = asked;
    asked.resolve('before');
    expect(await promise).to.equal('before');
    expect(asked.promise).to.equal(promise);
    const unasked = new Deferred<string | undefined>();
    unasked.resolve(undefined);
    unasked.resolve('late');
    expect(await unasked.promise).to.equal(undefined);
    expect(unasked.promise).to.equal(unasked.promise);
  });

  it('rejects a promise that is asked for afterwards, also with nothing as the reason', async () => {
    const settled = (deferred: Deferred): Promise<unknown> =>
      deferred.promise.then(
        () => 'resolved',
        (reason: unknown) => [reason],
      );
    const deferred = new Deferred();
    deferred.reject(undefined);
    deferred.resolve();
    expect(await settled(deferred)).to.deep.equal([undefined]);
    const asked = new Deferred();
    const outcome = settled(asked);
    asked.reject(undefined);
    expect(await outcome).to.deep.equal([undefined]);
  });

  it('may be asked for its promise and rejected while nobody waits', () => {
    const before = new Deferred();
    void before.promise;
    before.reject(new Error('unheard'));
    const after = new Deferred();
    after.reject(new Error('unheard'));
    void after.promise;
  });

  it('knows whether anybody has asked for its promise', () => {
    const deferred = new Deferred();
    deferred.resolve();
    expect(deferred.isAsked).to.equal(false);
    void deferred.promise;
    expect(deferred.isAsked).to.equal(true);
  });
});
