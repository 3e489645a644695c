import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import { WaitingSteps } from '../../lib/base/waiting-steps.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns } from '../support/turns.ts';

describe('WaitingSteps', () => {
  it('returns the step that begins', async () => {
    const step = Promise.resolve(1);
    expect(new WaitingSteps().begin(step)).to.equal(step);
  });

  it('lets all steps that wait fail unnoticed once the iteration is left', async () => {
    const steps = new WaitingSteps();
    const waiting = Array.from({ length: 3 }, () => new Deferred());
    for (const { promise } of waiting) void steps.begin(promise.then(() => steps.end()));
    steps.leave();
    for (const step of waiting) step.reject(new Error('left'));
    await turns(2);
    for (const { promise } of waiting) await rejectionOf(promise, Error);
  });

  it('leaves a step alone that is over, or whose iteration goes on', () => {
    let handled = 0;
    const step = new Promise(() => {});
    void Object.defineProperty(step, 'catch', { value: () => handled++ });
    const steps = new WaitingSteps();
    void steps.begin(step);
    expect(handled).to.equal(0);
    steps.end();
    steps.leave();
    expect(handled).to.equal(0);
    void steps.begin(step);
    steps.leave();
    expect(handled).to.equal(1);
  });
});
