import { expect } from 'chai';

import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { Room } from '../../../lib/stream/value/room.ts';
import { follow } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';

const PATIENCE_MS = 100;
const REFUSAL = new Error('no room');

function makeRoom(canCome: (waiting: number) => boolean = () => true): {
  room: Room;
  clock: ManualClock;
} {
  const clock = new ManualClock();
  return { room: new Room(clock, PATIENCE_MS, canCome), clock };
}

describe('Room', () => {
  it('lets all that wait try again when something is over', async () => {
    const { room, clock } = makeRoom();
    const waits = [follow(room.wait(() => REFUSAL)), follow(room.wait(() => REFUSAL))];
    expect(room.waiting).to.equal(2);
    await turns(1);
    expect(waits.map(({ outcome }) => outcome)).to.deep.equal([undefined, undefined]);
    room.free();
    await turns(1);
    expect(waits.map(({ outcome }) => outcome)).to.deep.equal([
      { value: undefined },
      { value: undefined },
    ]);
    expect([room.waiting, clock.pendingTimers]).to.deep.equal([0, 0]);
  });

  it('is nothing to nobody', () => {
    const { room, clock } = makeRoom();
    room.free();
    expect([room.waiting, clock.pendingTimers]).to.deep.equal([0, 0]);
  });

  it('waits on while something else is under way', async () => {
    let isUnderWay = true;
    const seen: number[] = [];
    const { room, clock } = makeRoom((waiting) => {
      seen.push(waiting);
      return isUnderWay;
    });
    const wait = follow(room.wait(() => REFUSAL));
    for (let times = 0; times < 3; times++) clock.advance(PATIENCE_MS);
    await turns(1);
    expect(wait.outcome).to.equal(undefined);
    expect(seen).to.deep.equal([1, 1, 1]);
    isUnderWay = false;
    clock.advance(PATIENCE_MS - 1);
    await turns(1);
    expect(wait.outcome).to.equal(undefined);
    clock.advance(1);
    await turns(1);
    expect(wait.outcome).to.deep.equal({ error: REFUSAL });
    expect([room.waiting, clock.pendingTimers]).to.deep.equal([0, 0]);
  });

  it('begins anew behind an end of either kind', async () => {
    const { room, clock } = makeRoom(() => false);
    const first = follow(room.wait(() => REFUSAL));
    clock.advance(PATIENCE_MS);
    const second = follow(room.wait(() => REFUSAL));
    await turns(1);
    expect([first.outcome, second.outcome]).to.deep.equal([{ error: REFUSAL }, undefined]);
    room.free();
    await turns(1);
    expect(second.outcome).to.deep.equal({ value: undefined });
  });
});
