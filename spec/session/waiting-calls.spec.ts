import { expect } from 'chai';

import type { PendingCall } from '../../lib/call/client/pending-call.ts';
import { WaitingCalls } from '../../lib/session/waiting-calls.ts';
import { verb } from '../../lib/verb/verb.ts';
import { makeCall } from '../support/attachment-bench.ts';

const VERB = verb<() => void>(1);

/** Calls in the order in which they are made. */
function made(count: number): PendingCall[] {
  return Array.from({ length: count }, (_, index) => {
    const { pending } = makeCall(VERB, []);
    return { ...pending, place: index + 1 };
  });
}

function placesIn(waiting: WaitingCalls): number[] {
  return [...waiting].map(({ place }) => place);
}

describe('WaitingCalls', () => {
  it('has those that were sent before go first, in the order in which they were made', () => {
    const waiting = new WaitingCalls();
    const [one, two, three, four, five, six] = made(6);
    waiting.add(five!);
    waiting.addAgain([two!]);
    waiting.addAgain([four!]);
    waiting.add(six!);
    expect(placesIn(waiting)).to.deep.equal([2, 4, 5, 6]);
    waiting.addAgain([one!, three!]);
    expect(placesIn(waiting)).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect(waiting.size).to.equal(6);
  });

  it('forgets those that are taken out, also while it is gone through', () => {
    const waiting = new WaitingCalls();
    const [one, two, three, four] = made(4);
    waiting.addAgain([two!]);
    for (const fresh of [three!, four!]) waiting.add(fresh);
    const seen: number[] = [];
    for (const pending of waiting) {
      seen.push(pending.place);
      waiting.delete(pending);
      if (pending === two) waiting.delete(three!);
    }
    expect(seen).to.deep.equal([2, 4]);
    expect(waiting.size).to.equal(0);
    waiting.addAgain([one!]);
    waiting.add(four!);
    expect(waiting.takeAll()).to.deep.equal([one, four]);
    expect([waiting.size, placesIn(waiting)]).to.deep.equal([0, []]);
  });
});
