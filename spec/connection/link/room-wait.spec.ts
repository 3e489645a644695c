import { expect } from 'chai';

import { RoomWait } from '../../../lib/connection/link/room-wait.ts';
import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { follow } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';

/** A clock that counts how often it is asked for the time. */
class CountedClock extends ManualClock {
  asked = 0;

  override now(): number {
    this.asked++;
    return super.now();
  }
}

describe('RoomWait', () => {
  function open(): { clock: CountedClock; room: RoomWait } {
    const clock = new CountedClock();
    return { clock, room: new RoomWait(clock) };
  }

  it('gives all who wait one promise, and the next ones another', async () => {
    const { room } = open();
    const first = room.wait(false);
    expect(room.wait(true)).to.equal(first);
    expect(room.isAwaited).to.equal(true);
    room.resolve();
    expect(room.isAwaited).to.equal(false);
    expect(await first).to.equal(undefined);
    const second = follow(room.wait(false));
    const cause = new Error('closed');
    room.reject(cause);
    await turns(1);
    expect(second.outcome).to.deep.equal({ error: cause });
  });

  it('tells the budget from a kernel that takes nothing, and counts nothing else', () => {
    const { clock, room } = open();
    clock.advance(1);
    expect(room.waitsFor).to.equal(undefined);
    void room.wait(false);
    expect(room.waitsFor).to.equal('budget');
    clock.advance(2);
    room.setBlocked(true);
    expect(room.waitsFor).to.equal('network');
    clock.advance(4);
    expect([room.budgetMs, room.networkMs], 'while it waits').to.deep.equal([2, 4]);
    room.setBlocked(false);
    clock.advance(8);
    room.resolve();
    clock.advance(16);
    void room.wait(true);
    clock.advance(32);
    room.resolve();
    expect([room.budgetMs, room.networkMs]).to.deep.equal([2 + 8, 4 + 32]);
  });

  it('reads the clock only for those who wait', () => {
    const { clock, room } = open();
    room.setBlocked(true);
    room.setBlocked(false);
    room.resolve();
    expect(clock.asked).to.equal(0);
    void room.wait(false);
    void room.wait(false);
    room.resolve();
    expect(clock.asked).to.equal(2);
  });
});
