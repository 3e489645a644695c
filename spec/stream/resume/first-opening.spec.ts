import { expect } from 'chai';

import { openFirst } from '../../../lib/stream/resume/first-opening.ts';
import { ClosedError, ProtocolError, TimeoutError } from '../../../lib/errors/errors.ts';
import { advance, ManualClock, settle } from '../../../lib/testing.ts';
import { rejectionOf } from '../../support/rejection.ts';

const CUT = new ClosedError('cut', 'transport');

describe('the first connection of a resumable stream', () => {
  it('is dialed again while it is cut off or comes too late: at once, and then ever more slowly', async () => {
    const clock = new ManualClock();
    const outcomes = [CUT, new TimeoutError('opening', 10, 'stream'), CUT, CUT, CUT, CUT, CUT];
    const dials: number[] = [];
    const dialed = openFirst(
      async () => {
        const error = outcomes[dials.push(clock.now()) - 1];
        if (error !== undefined) throw error;
        return 'connection';
      },
      clock,
      [],
    );
    await settle(clock);
    for (let ms = 0; ms < 35; ms++) await advance(clock, 100);
    expect(await dialed).to.equal('connection');
    expect(dials).to.deep.equal([0, 0, 100, 300, 700, 1_500, 2_500, 3_500]);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('is not dialed again if the peer or this side wants none', async () => {
    const clock = new ManualClock();
    for (const error of [new ProtocolError('no'), new ClosedError('enough', 'local')]) {
      let dials = 0;
      const dialed = openFirst(
        async () => {
          dials++;
          throw error;
        },
        clock,
        [],
      );
      expect(await rejectionOf(dialed)).to.equal(error);
      expect(dials).to.equal(1);
    }
  });

  it('fails if it is cut off for as long as a lost main connection may go unnoticed', async () => {
    const clock = new ManualClock();
    const dialed = openFirst(() => Promise.reject(CUT), clock, []);
    const failure = rejectionOf(dialed);
    for (let ms = 0; ms < 45_000; ms += 500) await advance(clock, 500);
    expect(await failure).to.equal(CUT);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('is not waited for any more when a signal fires, which the last attempt tells of', async () => {
    const clock = new ManualClock();
    const cancel = new AbortController();
    const reason = new ClosedError('not wanted', 'local');
    const dialed = openFirst(
      async () => {
        throw cancel.signal.aborted ? reason : CUT;
      },
      clock,
      [cancel.signal],
    );
    await settle(clock);
    expect(clock.pendingTimers).to.equal(1);
    cancel.abort(reason);
    expect(await rejectionOf(dialed)).to.equal(reason);
    expect(clock.pendingTimers).to.equal(0);
    // It has fired while a connection was dialed.
    const late = openFirst(() => Promise.reject(CUT), clock, [cancel.signal]);
    expect(await rejectionOf(late)).to.equal(CUT);
  });
});
