import { expect } from 'chai';

import { explore, inOrder, simulate, type World } from '../../../lib/simulation.ts';

/** Lets some things happen in any order. Resolves with the order. */
async function letHappen(world: World, names: readonly string[]): Promise<string> {
  const happened: string[] = [];
  await Promise.all(names.map((name) => world.anytime(() => void happened.push(name))));
  return happened.join('');
}

describe('explore', () => {
  it('runs each order of things of one time exactly once, that with fewest deviations first', async () => {
    const orders: string[] = [];
    const result = await explore(async (world) => {
      orders.push(await letHappen(world, ['a', 'b', 'c']));
    });
    expect(orders).to.deep.equal(['abc', 'bac', 'cab', 'acb', 'bca', 'cba']);
    expect(result).to.deep.equal({
      visited: 6,
      repeated: 0,
      isComplete: true,
      stoppedBy: undefined,
      deviations: 2,
      failure: undefined,
      choices: [],
    });
  });

  it('keeps the order of things in one queue: only those of different processes and connections change places', async () => {
    const orders = new Set<string>();
    const { visited } = await explore(async (world) => {
      const happened: string[] = [];
      const makeNode = (name: string) =>
        world.node(name, async (running) => {
          happened.push(`${name}1`);
          await running.sleep(5);
          happened.push(`${name}2`);
        }).finished;
      await Promise.all([makeNode('a'), makeNode('b')]);
      orders.add(happened.join(' '));
    });
    expect([...orders].toSorted()).to.deep.equal([
      'a1 b1 a2 b2',
      'a1 b1 b2 a2',
      'b1 a1 a2 b2',
      'b1 a1 b2 a2',
    ]);
    expect(visited).to.equal(4);
  });

  it('puts what is done to the world before, between and after all other things of its time', async () => {
    const places = new Set<string>();
    const result = await explore(async (world) => {
      const happened: string[] = [];
      const { finished } = world.node('a', async (running) => {
        happened.push('a1');
        await running.sleep(0);
        happened.push('a2');
      });
      await Promise.all([finished, world.anytime(() => void happened.push('x'))]);
      places.add(happened.join(' '));
    });
    expect([...places].toSorted()).to.deep.equal(['a1 a2 x', 'a1 x a2', 'x a1 a2']);
    expect(result.isComplete).to.equal(true);
  });

  it('stops at maxRuns, and says up to how many deviations all orders were run', async () => {
    const program = async (world: World): Promise<void> =>
      void (await letHappen(world, ['a', 'b', 'c']));
    expect(await explore(program, { maxRuns: 3 })).to.include({
      visited: 3,
      isComplete: false,
      stoppedBy: 'maxRuns',
      deviations: 0,
    });
    expect(await explore(program, { maxDeviations: 1 })).to.include({
      visited: 4,
      isComplete: false,
      stoppedBy: 'maxDeviations',
      deviations: 1,
    });
    expect(await explore(program, { maxDeviations: 9 })).to.include({
      visited: 6,
      isComplete: true,
    });
  });

  it('resolves with the first failure, and with its choices, which fail again', async () => {
    const program = async (world: World): Promise<void> => {
      const order = await letHappen(world, ['a', 'b', 'c']);
      if (order.startsWith('c')) throw new Error(`bad: ${order}`);
    };
    const { visited, failure, choices } = await explore(program, { seed: 5 });
    expect(visited).to.equal(3);
    expect(failure?.message).to.equal('seed 5: bad: cab');
    const again = simulate(5, program, { chooser: inOrder(choices) });
    const error = await again.catch((reason: unknown) => reason);
    expect(String(error)).to.contain('seed 5: bad: cab');
    await simulate(5, program, { chooser: inOrder([]) });
  });

  it('keeps to one order where the program says so', async () => {
    const orders: string[] = [];
    const { visited } = await explore(async (world, exploring) => {
      exploring.fix();
      const first = await letHappen(world, ['a', 'b']);
      exploring.vary();
      orders.push(first + (await letHappen(world, ['c', 'd'])));
    });
    expect(orders).to.deep.equal(['abcd', 'abdc']);
    expect(visited).to.equal(2);
  });

  it('tells a program that is not the same each time', async () => {
    let run = 0;
    const { failure } = await explore(async (world) => {
      await letHappen(world, run++ === 0 ? ['a', 'b', 'c'] : ['a']);
      await letHappen(world, ['a', 'b']);
    });
    expect(String(failure?.cause)).to.contain('choice 0 is of 2 things, and it was of 3');
    run = 0;
    const shorter = await explore(async (world) => {
      await letHappen(world, run++ === 0 ? ['a', 'b'] : ['a']);
    });
    const { cause } = shorter.failure ?? {};
    expect(String(cause)).to.contain('the program ends after 0 of 1 choices: it has changed');
    const tooMany = simulate(0, (world) => letHappen(world, ['a', 'b']).then(() => {}), {
      chooser: inOrder([2]),
    });
    expect(await tooMany.catch(String)).to.contain('choice 0 is of 2 things, and it is 2');
  });
});

describe('anytime', () => {
  it('rejects with what its action throws, and never happens in a process that has crashed', async () => {
    await simulate(1, async (world) => {
      const failing = world.anytime(() => {
        throw new Error('no');
      });
      expect(await failing.catch(String)).to.equal('Error: no');
      const happened: string[] = [];
      const running = world.node('a', () => {});
      await running.finished;
      void running.anytime(() => void happened.push('late'), 10);
      world.crash('a');
      void running.anytime(() => void happened.push('after'));
      await world.sleep(100);
      expect(happened).to.deep.equal([]);
    });
  });

  it('happens at its time', async () => {
    await simulate(1, async (world) => {
      await world.anytime(() => world.note('now'), 15);
      expect(world.clock.now()).to.equal(15);
    });
  });
});
