import { execFileSync } from 'node:child_process';

import { expect } from 'chai';

import { simulate, searchSeeds, WorldError, type World } from '../../../lib/simulation.ts';
import { busyWorld } from './fixtures/busy-world.ts';

const FIXTURE = new URL('./fixtures/print-trace.js', import.meta.url).pathname;

describe('simulate', () => {
  it('gives the same trace to the byte for the same seed, and another for another', async () => {
    const traces: string[] = [];
    for (const seed of [1, 2, 1, 2, 3])
      traces.push((await simulate(seed, busyWorld)).trace.toString());
    const [one, two, oneAgain, twoAgain, three] = traces;
    expect(oneAgain).to.equal(one);
    expect(twoAgain).to.equal(two);
    expect(new Set([one, two, three]).size).to.equal(3);
    expect(one?.split('\n').length).to.be.above(50);
  });

  it('gives the same trace to the byte in another process', async () => {
    for (const seed of [5, 6]) {
      const printed = execFileSync(process.execPath, [FIXTURE, String(seed)]).toString();
      expect(printed).to.equal((await simulate(seed, busyWorld)).trace.toString());
    }
  });

  it('lets time pass only where nothing else can happen: a day takes no time', async () => {
    const { durationMs, steps } = await simulate(1, (world) => world.sleep(80_000_000));
    expect(durationMs).to.equal(80_000_000);
    expect(steps).to.equal(1);
  });

  it('fails with the seed, the cause and the trace where its program fails', async () => {
    const cause = new Error('broken');
    const error = await failureOf(42, async (world) => {
      world.note('before');
      await world.sleep(5);
      throw cause;
    });
    expect(error.message).to.equal('seed 42: broken');
    expect(error.seed).to.equal(42);
    expect(error.cause).to.equal(cause);
    expect(error.trace.toString()).to.equal('0.000 note before');
  });

  it('fails where the program of a node fails', async () => {
    const error = await failureOf(1, async (world) => {
      world.node('a', async (running) => {
        await running.sleep(5);
        throw new Error('broken node');
      });
      await world.sleep(10);
    });
    expect(error.message).to.equal('seed 1: broken node');
  });

  it('fails where nobody handles a rejection, and where a callback throws', async () => {
    const rejecting = await failureOf(1, async (world) => {
      void Promise.reject(new Error('nobody cares'));
      await world.sleep(10);
    });
    expect(rejecting.message).to.equal('seed 1: nobody cares');
    const throwing = await failureOf(2, async (world) => {
      world.clock.setTimeout(() => {
        throw new Error('thrown');
      }, 5);
      await world.sleep(10);
    });
    expect(throwing.message).to.equal('seed 2: thrown');
  });

  it('fails where a rejection is left unhandled at the very end of its program', async () => {
    const error = await failureOf(1, () => void Promise.reject(new Error('at the end')));
    expect(error.message).to.equal('seed 1: at the end');
  });

  it('does not fail by the program of a process that has crashed', async () => {
    await simulate(1, async (world) => {
      let fail = (): void => {};
      world.node('a', () => new Promise((_, reject) => (fail = () => reject(new Error('zombie')))));
      await world.sleep(1);
      world.crash('a');
      fail();
      await world.sleep(1);
    });
  });

  it('fails where its program waits and nothing is left that could happen', async () => {
    const error = await failureOf(1, async (world) => {
      await world.sleep(7);
      await new Promise(() => {});
    });
    expect(error.message).to.match(/^seed 1: the program waits after 7 ms, and nothing is left/);
  });

  it('fails where the world goes on for too long, by its time or by its steps', async () => {
    const forever = async (world: World): Promise<void> => {
      for (;;) await world.sleep(1);
    };
    const late = await failureOf(1, forever, { maxMs: 50 });
    expect(late.message).to.contain('the program waits after 50 ms');
    const long = await failureOf(1, forever, { maxSteps: 30 });
    expect(long.message).to.equal('seed 1: the world goes on beyond 30 steps');
  });

  it('says which nodes wait as well where nothing is left that could happen', async () => {
    const error = await failureOf(1, async (world) => {
      world.node('done', () => {});
      world.node('gone', () => new Promise(() => {}));
      const { finished } = world.node('waiting', () => new Promise(() => {}));
      await world.sleep(1);
      world.crash('gone');
      await finished;
    });
    expect(error.message).to.match(/; nodes wait as well: waiting$/);
  });

  it('fails where its program returns before any node has begun, as nothing was tried', async () => {
    const error = await failureOf(1, (world) => void world.node('a', () => {}));
    expect(error.message).to.contain('the program has returned before any node began');
    expect(error.cause).to.have.property('code', 'ERR_MISUSE');
  });

  it('gives a note or an error of several lines one line of the trace', async () => {
    const { trace } = await simulate(1, (world) => world.note('one\r\n\ntwo'));
    expect(trace.toString()).to.equal('0.000 note one / two');
    expect(trace.entries[0]?.text).to.equal('one\r\n\ntwo');
  });

  it('leaves the listeners of the process as they were', async () => {
    const before = ['unhandledRejection', 'uncaughtException'].map((name) =>
      process.rawListeners(name as 'exit'),
    );
    await simulate(1, () => {});
    await failureOf(1, () => Promise.reject(new Error('broken')));
    const after = ['unhandledRejection', 'uncaughtException'].map((name) =>
      process.rawListeners(name as 'exit'),
    );
    expect(after).to.deep.equal(before);
  });

  it('refuses a second world while one runs', async () => {
    await simulate(1, async (world) => {
      const second = await simulate(2, () => {}).then(() => 'none', String);
      expect(second).to.contain('another world runs in this process; await its end');
      await world.sleep(1);
    });
  });

  it('takes the order of things from a chooser where one is given', async () => {
    const orderBy = async (chooser: { below(count: number): number }): Promise<string> => {
      let order = '';
      await simulate(
        1,
        async (world) => {
          for (const name of ['a', 'b', 'c']) world.node(name, () => void (order += name));
          await world.sleep(1);
        },
        { chooser },
      );
      return order;
    };
    expect(await orderBy({ below: () => 0 })).to.equal('abc');
    expect(await orderBy({ below: (count) => count - 1 })).to.equal('cba');
  });
});

describe('searchSeeds', () => {
  const failing = (world: World): void => {
    if (world.seed % 10 === 7) throw new Error('a seven');
  };

  it('finds the first seed that fails', async () => {
    expect((await searchSeeds(failing))?.seed).to.equal(7);
    expect((await searchSeeds(failing, { from: 8 }))?.seed).to.equal(17);
  });

  it('finds nothing where no seed fails', async () => {
    expect(await searchSeeds(failing, { from: 8, count: 9 })).to.equal(undefined);
    let tried = 0;
    await searchSeeds(() => void tried++);
    expect(tried).to.equal(1_000);
  });

  it('passes limits on, and refuses wrong options', async () => {
    const slow = (world: World): Promise<void> => world.sleep(100);
    expect((await searchSeeds(slow, { count: 1, maxMs: 50 }))?.seed).to.equal(0);
    const refused = await searchSeeds(slow, { count: 0 }).then(() => 'none', String);
    expect(refused).to.contain('searchSeeds: option count: must be a whole number from 1 on');
  });
});

async function failureOf(...given: Parameters<typeof simulate>): Promise<WorldError> {
  try {
    await simulate(...given);
  } catch (error) {
    if (error instanceof WorldError) return error;
    throw error;
  }
  throw new Error('the world did not fail');
}
