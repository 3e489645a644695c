import { expect } from 'chai';

import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { Room } from '../../../lib/stream/value/room.ts';
import { follow } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';

const PATIENCE_MS = 100;
const REFUSAL = new Error('no room');

/** A room of which the test says how much is free. */
function makeRoom(canCome: (waiting: number) => boolean = () => true): {
  room: Room;
  clock: ManualClock;
  free: (streams: number) => void;
} {
  const clock = new ManualClock();
  let freeStreams = 0;
  const owner = { canCome, hasRoom: (streams: number) => streams <= freeStreams };
  const room = new Room(clock, PATIENCE_MS, owner);
  const free = (streams: number): void => {
    freeStreams = streams;
    room.free();
  };
  return { room, clock, free };
}

describe('Room', () => {
  it('lets all that wait try again, one after the other, while there is room', async () => {
    const { room, clock, free } = makeRoom();
    const waits = [1, 1, 1].map((streams) => follow(room.wait(streams, () => REFUSAL)));
    const woken = (): boolean[] => waits.map(({ outcome }) => outcome !== undefined);
    expect(room.waiting).to.equal(3);
    await turns(1);
    expect(woken()).to.deep.equal([false, false, false]);
    free(1);
    await Promise.resolve();
    expect(woken()).to.deep.equal([true, false, false]);
    await turns(3);
    expect(woken()).to.deep.equal([true, true, true]);
    expect([room.waiting, clock.pendingTimers]).to.deep.equal([0, 0]);
  });

  it('E1-floods wakes nobody for whom there is no room yet', async () => {
    const { room, free } = makeRoom();
    const waits = [3, 2, 5].map((streams) => follow(room.wait(streams, () => REFUSAL)));
    const woken = (): boolean[] => waits.map(({ outcome }) => outcome !== undefined);
    free(1);
    await turns(3);
    expect(woken()).to.deep.equal([false, false, false]);
    free(2);
    await turns(3);
    expect(woken()).to.deep.equal([false, true, false]);
    free(3);
    await turns(3);
    expect(woken()).to.deep.equal([true, true, false]);
    free(5);
    await turns(3);
    expect(woken()).to.deep.equal([true, true, true]);
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
    const wait = follow(room.wait(1, () => REFUSAL));
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
    const { room, clock, free } = makeRoom(() => false);
    const first = follow(room.wait(1, () => REFUSAL));
    clock.advance(PATIENCE_MS);
    const second = follow(room.wait(1, () => REFUSAL));
    await turns(1);
    expect([first.outcome, second.outcome]).to.deep.equal([{ error: REFUSAL }, undefined]);
    free(1);
    await turns(1);
    expect(second.outcome).to.deep.equal({ value: undefined });
  });
});
