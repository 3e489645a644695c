import { expect } from 'chai';

import {
  explore,
  type ExploredProgram,
  type ExploreOptions,
  type Exploring,
  inOrder,
  type NodeProcess,
  simulate,
  type World,
} from '../../../lib/simulation.ts';
import { cutTwice, dialTwice, drawSockets, writeBothWays } from './fixtures/drawn-sockets.ts';
import { connectSender, sendUntilTaken, serveLetters } from './fixtures/letters.ts';

const ISOLATED = { areProcessesIsolated: true };

describe('explore of isolated processes', () => {
  it('comes to all that drawn programs come to in all orders, in fewer orders', async () => {
    const total = { compared: 0, all: 0, visited: 0, repeated: 0 };
    for (let seed = 0; seed < 40; seed++) {
      const make: MakeProgram = (onOutcome) => drawSockets(seed, onOutcome);
      const all = await outcomesOf(make, { maxRuns: 200 });
      if (!all.isComplete) continue;
      const { outcomes, visited, repeated, isComplete } = await outcomesOf(make, ISOLATED);
      expect(isComplete).to.equal(true);
      expect(outcomes, `seed ${seed}`).to.deep.equal(all.outcomes);
      expect(visited + repeated, `seed ${seed}`).to.be.at.most(all.visited);
      total.compared++;
      total.all += all.visited;
      total.visited += visited;
      total.repeated += repeated;
    }
    expect(total.compared).to.be.at.least(12);
    expect(total.visited).to.be.below(total.all * 0.7);
    expect(total.repeated).to.be.above(0);
  });

  it('visits one order of processes that have nothing to do with each other', async () => {
    const stepsOf = async (running: NodeProcess): Promise<void> => {
      for (let step = 0; step < 3; step++) await running.sleep(0);
    };
    const program = async (world: World): Promise<void> => {
      world.node('one', stepsOf);
      world.node('other', stepsOf);
      await world.sleep(1);
    };
    expect(await explore(program)).to.include({ visited: 70, isComplete: true });
    expect(await explore(program, ISOLATED)).to.include({ visited: 1, isComplete: true });
  });

  it('keeps the order of steps of a process and what touches all of the world', async () => {
    for (const [name, act] of Object.entries(ACTS)) {
      const outcomes = await sameOutcomesOf((onOutcome) => besideSteps(act, onOutcome));
      expect(outcomes.length, name).to.be.at.least(2);
    }
  });

  it('lets a program end before, between and after the steps of a process', async () => {
    const outcomes = await sameOutcomesOf((onOutcome) => async (world) => {
      let steps = 0;
      world.node('stepping', async (running) => {
        for (; steps < 3; steps++) await running.sleep(0);
      });
      await world.anytime(() => {});
      onOutcome(String(steps));
    });
    expect(outcomes).to.deep.equal(['0', '1', '2', '3']);
  });

  it('keeps the order in which connections draw chance, get their ports, and are cut', async () => {
    expect(await sameOutcomesOf(cutTwice)).to.have.length.at.least(2);
    expect(await sameOutcomesOf(writeBothWays)).to.have.length.at.least(2);
    expect(await sameOutcomesOf(dialTwice)).to.have.length.at.least(2);
  });

  it('lets the messages of two processes come in all six orders', async () => {
    const come = new Set<string>();
    const result = await explore(
      inSomeOrder((order) => come.add(order)),
      ISOLATED,
    );
    expect(result).to.include({ isComplete: true, stoppedBy: undefined });
    expect([...come].toSorted()).to.deep.equal(['abcd', 'acbd', 'acdb', 'cabd', 'cadb', 'cdab']);
  });

  it('finds a failure that comes in one of six orders, and its choices fail again', async () => {
    for (const bad of ['abcd', 'acbd', 'acdb', 'cabd', 'cadb', 'cdab']) {
      const program = inSomeOrder((order) => {
        if (order === bad) throw new Error(`bad: ${order}`);
      });
      const { failure, choices, stoppedBy } = await explore(program, ISOLATED);
      expect({ stoppedBy, message: failure?.message }).to.deep.equal({
        stoppedBy: 'failure',
        message: `seed 0: bad: ${bad}`,
      });
      const chooser = inOrder(choices);
      const again = simulate(0, (world) => program(world, chooser), { chooser });
      expect(await again.catch(String)).to.contain(`bad: ${bad}`);
    }
  });

  it('finds the cut that hides an answer, so that a letter is sent twice', async () => {
    const program = (isCut: boolean) => async (world: World) => {
      world.setPath({ latencyMs: 0 });
      let taken = '';
      await serveLetters(world, (letter) => (taken += letter));
      const { finished } = world.node('client', (running) => sendUntilTaken(running, 'a'));
      if (isCut) await world.anytime(() => void world.cut('client', 'server'));
      await finished;
      if (taken !== 'a') throw new Error(`taken: ${taken}`);
    };
    expect(await explore(program(false), ISOLATED)).to.include({ isComplete: true });
    const { failure, visited } = await explore(program(true), ISOLATED);
    expect(failure?.message).to.equal('seed 0: taken: aa');
    expect(visited).to.be.at.least(2);
  });
});

type Act = (world: World, exploring: Exploring) => unknown;

/** They tell something of the world, or change it. */
const ACTS: Readonly<Record<string, Act>> = {
  fix: (_, exploring) => exploring.fix(),
  vary: (_, exploring) => exploring.vary(),
  crash: (world) => world.crash('stepping'),
  block: (world) => world.block('stepping', 5),
  jump: (world) => world.jump('stepping', 5),
  'a new node': (world) => void world.node('new', () => {}),
  'the clock of the process': (world) => world.processOf('stepping').clock.now(),
  'its disk': (world) => world.processOf('stepping').store.keys(),
  'its collector': (world) => world.processOf('stepping').collect({}),
  steps: (world) => world.steps,
  chance: (world) => world.dice.below(1_000),
  'the trace': (world) => world.trace.entries.length,
};

/** A process takes steps, and tells after each. Something else happens at any time beside them. */
function besideSteps(act: Act, onOutcome: (outcome: string) => void): ExploredProgram {
  return async (world, exploring) => {
    const steps: unknown[] = [];
    let seen: unknown;
    const start = async (running: NodeProcess): Promise<void> => {
      for (let step = 0; step < 3; step++) {
        steps.push(running.clock.now());
        await running.sleep(0);
      }
    };
    world.node('stepping', start);
    await world.anytime(() => {
      seen = [act(world, exploring), steps.length];
    });
    await world.sleep(10);
    onOutcome(JSON.stringify([seen, steps]));
  };
}

type MakeProgram = (onOutcome: (outcome: string) => void) => ExploredProgram;

/** What comes of a program in all orders. It is the same in those that are left of isolated processes. */
async function sameOutcomesOf(make: MakeProgram): Promise<string[]> {
  const all = await outcomesOf(make, {});
  const these = await outcomesOf(make, ISOLATED);
  expect([all.isComplete, these.isComplete]).to.deep.equal([true, true]);
  expect(these.outcomes).to.deep.equal(all.outcomes);
  return all.outcomes;
}

async function outcomesOf(make: MakeProgram, options: ExploreOptions) {
  const outcomes = new Set<string>();
  const exploration = await explore(
    make((outcome) => outcomes.add(outcome)),
    options,
  );
  expect(exploration.failure).to.equal(undefined);
  return { ...exploration, outcomes: [...outcomes].toSorted() };
}

/** Two processes send two letters each. Tells in which order they have come. */
function inSomeOrder(judge: (order: string) => void): ExploredProgram {
  return async (world, exploring) => {
    exploring.fix();
    world.setPath({ latencyMs: 0 });
    let order = '';
    await serveLetters(world, (letter) => (order += letter));
    for (const letters of ['ab', 'cd']) {
      const start = async (running: NodeProcess): Promise<void> => {
        const send = await connectSender(running);
        void running.anytime(() => void send(letters), 10);
      };
      await world.node(letters, start).finished;
    }
    exploring.vary();
    await world.sleep(20);
    judge(order);
  };
}
