import { expect } from 'chai';

import { DONE, doneWith, LATER_DONE, leaveWith } from '../../lib/base/iteration.ts';

describe('iteration', () => {
  it('ends with undefined, at once or later', async () => {
    expect(DONE).to.deep.equal({ done: true, value: undefined });
    expect(await LATER_DONE).to.equal(DONE);
  });

  it('answers a return as a generator does: with the value, or that of its promise', async () => {
    expect(await doneWith('reason')).to.deep.equal({ done: true, value: 'reason' });
    expect(await doneWith(Promise.resolve(7))).to.deep.equal({ done: true, value: 7 });
  });

  it('throws into an iterator that can be thrown into, and returns any other', () => {
    const calls: unknown[] = [];
    const step = Promise.resolve(DONE);
    const next = (): Promise<typeof DONE> => step;
    const thrown = (error: unknown): Promise<typeof DONE> => (calls.push(error), step);
    const returned = (): Promise<typeof DONE> => (calls.push('return'), step);
    leaveWith({ next, throw: thrown, return: returned }, 'an error');
    leaveWith({ next, return: returned }, 'an error');
    leaveWith({ next }, 'an error');
    expect(calls).to.deep.equal(['an error', 'return']);
  });
});
