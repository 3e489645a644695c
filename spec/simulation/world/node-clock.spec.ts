import { Dice } from '../../../lib/simulation/world/dice.ts';
import { expect } from 'chai';

import { NodeLoop } from '../../../lib/simulation/world/node-loop.ts';
import { Schedule } from '../../../lib/simulation/world/schedule.ts';

const FIRST = { below: (): number => 0 };

describe('NodeClock', () => {
  it('fires timers at their time, where a part of a millisecond counts as a whole one', async () => {
    const { loop, log, note, drain } = makeLoop();
    loop.clock.setTimeout(note('whole'), 2);
    loop.clock.setTimeout(note('part'), 0.25);
    loop.clock.setTimeout(note('past'), -5);
    loop.clock.setTimeout(note('no number'), NaN);
    await drain();
    expect(log).to.deep.equal(['past at 0', 'no number at 0', 'part at 1', 'whole at 2']);
  });

  it('fires no timer that was canceled', async () => {
    const { loop, log, note, drain } = makeLoop();
    loop.clock.setTimeout(note('kept'), 1);
    loop.clock.setTimeout(note('canceled'), 1).cancel();
    await drain();
    expect(log).to.deep.equal(['kept at 1']);
  });

  it('defers work of a job until its end, and makes an event of work from outside', async () => {
    const { loop, schedule, log, note, drain } = makeLoop();
    loop.clock.defer(note('from outside'));
    loop.clock.yield(() => {
      loop.clock.yield(note('yielded'));
      loop.clock.defer(note('deferred'));
    });
    await drain();
    expect(log).to.deep.equal(['from outside at 0', 'deferred at 0', 'yielded at 0']);
    expect(schedule.steps).to.equal(3);
  });

  it('holds back everything of a blocked loop', async () => {
    const { loop, log, note, drain } = makeLoop();
    loop.clock.setTimeout(note('timer'), 10);
    loop.open().yield(note('socket'));
    loop.block(50);
    loop.block(20);
    await drain();
    expect(log.toSorted()).to.deep.equal(['socket at 50', 'timer at 50']);
  });

  it('jumps ahead: timers that are due by then fire at once, and others as much earlier', async () => {
    const { loop, log, note, drain } = makeLoop();
    loop.clock.setTimeout(note('due'), 40);
    loop.clock.setTimeout(note('later'), 100);
    const socket = loop.open();
    socket.setTimeout(note('network'), 40);
    loop.clock.jump(60);
    expect(loop.clock.now()).to.equal(60);
    expect(socket.now()).to.equal(0);
    loop.clock.setTimeout(note('set after'), 10);
    await drain();
    expect(log).to.deep.equal(['due at 0', 'set after at 10', 'later at 40', 'network at 40']);
  });

  it('of a socket that is closed drops what it was told, and lets later turns be those of the process', async () => {
    const { loop, log, note, drain } = makeLoop();
    const socket = loop.open();
    socket.yield(note('turn'));
    socket.setTimeout(note('timer'), 1);
    socket.end();
    socket.yield(note('later turn'));
    socket.setTimeout(note('later timer'), 1);
    await drain();
    expect(log).to.deep.equal(['later turn at 0']);
  });

  it('does nothing more when the process has ended', async () => {
    const { loop, log, note, drain } = makeLoop();
    const socket = loop.open();
    const rest = (): void => {
      loop.clock.setTimeout(note('timer'), 1);
      loop.clock.yield(note('turn'));
      loop.clock.defer(note('deferred'));
      socket.yield(note('socket'));
      loop.open().yield(note('new socket'));
    };
    loop.clock.yield(() => {
      rest();
      loop.end();
      rest();
    });
    await drain();
    expect(log).to.deep.equal([]);
    expect(loop.isDead).to.equal(true);
  });
});

function makeLoop() {
  const schedule = new Schedule(FIRST);
  const loop = new NodeLoop(schedule, { random: new Dice(1), refuse: () => {} });
  const log: string[] = [];
  const note = (text: string) => (): void => void log.push(`${text} at ${schedule.nowMs}`);
  const drain = async (): Promise<void> => {
    while (await schedule.step(1_000));
  };
  return { schedule, loop, log, note, drain };
}
