import { expect } from 'chai';

import { UnsentCall } from '../../../lib/service/client/unsent-call.ts';
import type { OfferedLane } from '../../../lib/stream/lane/dialed-lanes.ts';
import { rejectionOf } from '../../support/rejection.ts';

/** An offer that keeps what becomes of it. */
function offerOf(number: number, events: string[]): OfferedLane {
  return {
    lane: 5n,
    number,
    settle: () => void events.push(`${number} settled`),
    cancel: () => void events.push(`${number} withdrawn`),
  };
}

describe('service/unsent-call', () => {
  it('is sent once, with the first offer; a later one is given back', async () => {
    const events: string[] = [];
    const call = new UnsentCall((offer) => {
      events.push(`sent with ${offer?.number}`);
      return Promise.resolve('result');
    });
    expect(events).to.deep.equal([]);
    call.send(offerOf(1, events));
    call.send();
    call.send(offerOf(3, events));
    expect(await call.promise).to.equal('result');
    expect(events).to.deep.equal(['sent with 1', '3 settled']);
  });

  it('rejects with what sending rejects with', async () => {
    const call = new UnsentCall(() => Promise.reject(new RangeError('no')));
    call.send();
    expect((await rejectionOf(call.promise, RangeError)).message).to.equal('no');
  });
});
