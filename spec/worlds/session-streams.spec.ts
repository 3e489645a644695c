import { expect } from 'chai';

import type { Dice } from '../../lib/simulation.ts';
import type { SessionStream, StreamPlan } from './support/session/session-stream.ts';
import {
  runSession,
  type SessionSetup,
  type SessionWorld,
  type Weather,
} from './support/session/session-world.ts';
import { anyFault, badWeather, cutSome } from './support/session/weather.ts';

const SEEDS = 12;
const ITEMS = 150;
/** Calls whose arguments are streams are received by then. */
const CALM_MS = 20;

/** Streams begin within this time. */
const BEGIN_MS = 60;

type Direction = 'down' | 'up';

/** How a stream's own call ended: a stream whose call is lost may not be read at all. */
interface Ran {
  readonly stream: SessionStream;
  readonly isCallLost: boolean;
}

/** Sends and reads one stream. The error of a call that may have run is one that a cut explains. */
async function transfer(
  session: SessionWorld,
  direction: Direction,
  plan: StreamPlan,
): Promise<Ran> {
  const { api, clientNode, problems, world } = session;
  const stream = session.add(plan);
  try {
    if (direction === 'up') await api.up(stream.number, stream.produce(clientNode));
    else await stream.read(await api.down(stream.number), clientNode, world.dice);
  } catch (error) {
    const { code, mayHaveRun } = error as { code?: unknown; mayHaveRun?: unknown };
    if (code !== 'ERR_CLOSED' || mayHaveRun !== true) problems.push(`a call: ${String(error)}`);
    return { stream, isCallLost: true };
  }
  return { stream, isCallLost: false };
}

function drawTerms(dice: Dice): StreamPlan['resumable'] {
  return dice.pick([
    true,
    { windowItems: 61, ackPeriod: 30 },
    { windowBytes: 300 },
    { windowItems: 1 },
  ]);
}

/** Streams that each end in one of all ways. */
function drawPlan(dice: Dice): StreamPlan {
  const resumable = drawTerms(dice);
  const at = dice.between(1, ITEMS - 1);
  return dice.pick<StreamPlan>([
    { items: ITEMS, resumable },
    { items: 0, resumable },
    { items: ITEMS, resumable, failsAt: at },
    { items: ITEMS, resumable, leavesAfter: at },
    { items: ITEMS, resumable, cancelsAfter: at },
    { items: 10, resumable, nested: { items: 20, resumable } },
  ]);
}

/** Resumable streams have no other end than what their plan says, plain ones may break. */
function judge(session: SessionWorld, ran: readonly Ran[]): void {
  const lost = ran.filter(({ isCallLost }) => isCallLost).map(({ stream }) => stream);
  const read = session.streams.filter(({ end }) => end !== undefined);
  session.judges.push(() =>
    read
      .filter((stream) => !lost.includes(stream))
      .flatMap((stream) =>
        stream.plan.resumable === undefined ? stream.brokenOtherwise : stream.unresumed,
      ),
  );
}

interface Trip {
  readonly direction: Direction;
  readonly plan: (dice: Dice) => StreamPlan;
  /** Streams at a time. */
  readonly count: number;
  readonly setup?: SessionSetup;
}

/** Sends streams while connections are cut, and expects all of each. */
async function expectWhole({ direction, plan, count, setup = {} }: Trip): Promise<number> {
  let resumed = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const scene = async (session: SessionWorld): Promise<void> => {
      const { dice } = session.world;
      const each = async (): Promise<Ran> => {
        // Some begin after the first cuts.
        await session.clientNode.sleep(dice.between(0, BEGIN_MS));
        return transfer(session, direction, plan(dice));
      };
      judge(session, await Promise.all(Array.from({ length: count }, each)));
    };
    const session = await runSession(seed, setup, scene, later(badWeather(cutSome, 12)));
    expect(session.connections.slice(1)).to.not.include(false);
    resumed += session.resumed;
  }
  return resumed;
}

function later(weather: Weather): Weather {
  return async (session) => {
    await session.world.sleep(CALM_MS);
    await weather(session);
  };
}

describe('streams of a session in drawn worlds', () => {
  for (const direction of ['down', 'up'] as const) {
    const way = direction === 'down' ? 'from' : 'to';

    it(`L10 each item once and in order, wherever lanes alone or all connections are cut: ${way} the server`, async () => {
      const plan = (dice: Dice): StreamPlan => ({ items: ITEMS, resumable: drawTerms(dice) });
      expect(await expectWhole({ direction, plan, count: 1 })).to.be.at.least(SEEDS);
    });

    it(`L10 told once how it ended, failed or canceled while away: ${way} the server`, async () => {
      expect(await expectWhole({ direction, plan: drawPlan, count: 3 })).to.be.at.least(SEEDS);
    });

    it(`L10 compressed frames are the same items: ${way} the server`, async () => {
      const plan = (dice: Dice): StreamPlan => ({ items: ITEMS, resumable: drawTerms(dice) });
      const setup = { isCompressing: true };
      expect(await expectWhole({ direction, plan, count: 2, setup })).to.be.at.least(SEEDS);
    });
  }

  it('L10 plain streams beside resumable ones are a prefix, and end with ERR_STREAM_CLOSED', async () => {
    let broken = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const scene = async (session: SessionWorld): Promise<void> => {
        const plain: StreamPlan = { items: ITEMS, resumable: undefined };
        const kept: StreamPlan = { items: ITEMS, resumable: drawTerms(session.world.dice) };
        const all = (['down', 'up'] as const).flatMap((direction) => [
          transfer(session, direction, plain),
          transfer(session, direction, kept),
        ]);
        const ran = await Promise.all(all);
        judge(session, ran);
        const plainOnes = ran.filter(({ stream }) => stream.plan === plain);
        broken += plainOnes.filter(({ stream }) => !stream.isWhole).length;
      };
      await runSession(seed, {}, scene, later(badWeather(cutSome, 12)));
    }
    expect(broken, 'broken').to.be.at.least(1);
  });

  it('L10 a prefix or the whole, and nothing left behind, whatever breaks', async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const scene = async (session: SessionWorld): Promise<void> => {
        const { dice } = session.world;
        const each = (): Promise<Ran> =>
          transfer(session, dice.pick(['down', 'up']), drawPlan(dice));
        judge(session, await Promise.all(Array.from({ length: 4 }, each)));
      };
      await runSession(seed, {}, scene, later(badWeather(anyFault, 60)));
    }
  });
});
