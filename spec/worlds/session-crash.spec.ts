import { expect } from 'chai';

import { messageOf, type SessionStream } from './support/session/session-stream.ts';
import { runSession, type SessionWorld, type Weather } from './support/session/session-world.ts';
import { cutSome } from './support/session/weather.ts';

const SEEDS = 20;
const CALLS = 40;
const ITEMS = 200;

/** A client that sends learns of a lost connection within this time. */
const NOTICE_MS = 20;

/** What the client does while its server crashes. */
interface Ran {
  readonly down: SessionStream;
  readonly up: SessionStream;
  /** The times at which calls were made. */
  readonly madeAt: number[];
  /** How the calls with the streams ended. */
  downCall: unknown;
  upCall: unknown;
}

/** Makes calls, beside a resumable stream in each direction. */
async function work(session: SessionWorld): Promise<Ran> {
  const { api, calls, clientNode, world } = session;
  const ran: Ran = {
    down: session.add({ items: ITEMS, resumable: true }),
    up: session.add({ items: ITEMS, resumable: { windowItems: 5 } }),
    madeAt: [],
    downCall: undefined,
    upCall: undefined,
  };
  const { down, up, madeAt } = ran;
  const downCall = api
    .down(down.number)
    .then((items) => down.read(items, clientNode, world.dice))
    .catch((error: unknown) => (ran.downCall = error));
  const upCall = api.up(up.number, up.produce(clientNode)).catch((error: unknown) => {
    ran.upCall = error;
  });
  const ends: Promise<unknown>[] = [downCall, upCall];
  for (let id = 0; id < CALLS; id++) {
    await clientNode.sleep(6);
    madeAt.push(world.clock.now());
    ends.push(calls.settle(id, api.work(id, world.dice.pick([0, 5, 40]))));
  }
  await Promise.all(ends);
  return ran;
}

/** The server crashes, and runs again after a while. Tells when its client must have noticed. */
function crashOnce(onNoticed: (atMs: number) => void = () => {}): Weather {
  return async ({ world }) => {
    const { dice } = world;
    await world.sleep(dice.between(20, 80));
    const kind = dice.pick(['process', 'machine'] as const);
    world.crash('server', { kind });
    if (kind === 'process') onNoticed(world.clock.now() + NOTICE_MS);
    await world.sleep(dice.between(1, 100));
    await world.restart('server').finished;
    // A machine that is gone answers nothing. When it is there again, it knows no connection.
    if (kind === 'machine') onNoticed(world.clock.now() + NOTICE_MS);
  };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}

/** The stream of a lost server ends with its cause, and with the items that its reader has got. */
function judgeLost({ end, got }: SessionStream): string[] {
  const problems = [];
  // A stream that has not begun may be a plain one.
  const codes = ['ERR_STREAM_NOT_FOUND', ...(got.length === 0 ? ['ERR_STREAM_CLOSED'] : [])];
  if (!codes.includes(String(codeOf(end)))) problems.push(`the stream ended with ${String(end)}`);
  const [, told] = /(\d+) items were read/.exec(String(end)) ?? [];
  if (told === undefined && got.length > 0) problems.push(`no items are told: ${String(end)}`);
  if (told !== undefined && Number(told) !== got.length) {
    problems.push(`${told} items are told, and ${got.length} were read`);
  }
  return problems;
}

describe('a server that crashes and runs again, in drawn worlds', () => {
  it('F20 Server restarted: both agree in one dial', async () => {
    let lostStreams = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const scene = async (session: SessionWorld): Promise<void> => {
        const { down, downCall, upCall } = await work(session);
        if (downCall === undefined && down.end !== 'over') {
          lostStreams++;
          session.problems.push(...judgeLost(down));
        }
        for (const error of [downCall, upCall]) {
          if (error === undefined || codeOf(error) === 'ERR_CLOSED') continue;
          session.problems.push(`a call with a stream ended with ${messageOf(error)}`);
        }
      };
      const { connections } = await runSession(seed, {}, scene, crashOnce());
      expect(connections).to.deep.equal([false, false]);
    }
    expect(lostStreams).to.be.at.least(1);
  });

  it('F20 fails only calls that it may have run, and runs those that wait', async () => {
    let lost = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      let noticedAt = Infinity;
      const scene = async (session: SessionWorld): Promise<void> => {
        const { madeAt } = await work(session);
        const { calls, problems } = session;
        for (const [id, end] of calls.ends) {
          const runs = calls.runsOf(id);
          if (runs > 1) problems.push(`call ${id} ran ${runs} times`);
          if (end === 'ok') {
            if (runs !== 1) problems.push(`call ${id} ran ${runs} times`);
            continue;
          }
          lost++;
          const isRight = end.code === 'ERR_CLOSED' && end.mayHaveRun === true;
          if (!isRight) problems.push(`call ${id} ended with ${end.code}`);
          const isWaiting = (madeAt[id] ?? 0) > noticedAt;
          if (isWaiting) problems.push(`call ${id} was made after the crash, and failed`);
        }
      };
      await runSession(
        seed,
        {},
        scene,
        crashOnce((atMs) => (noticedAt = atMs)),
      );
    }
    expect(lost).to.be.at.least(SEEDS);
  });

  it('F20 leaves nothing behind, also where connections are cut before and after', async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const weather: Weather = async (session) => {
        const { world } = session;
        const { dice } = world;
        let crashes = 0;
        while (!session.isSettled && crashes < 3) {
          await world.sleep(dice.between(1, 25));
          if (dice.chance(0.8)) cutSome(session);
          else {
            crashes++;
            world.crash('server', { kind: dice.pick(['process', 'machine']) });
            await world.sleep(dice.between(1, 60));
            await world.restart('server').finished;
          }
        }
      };
      const scene = async (session: SessionWorld): Promise<void> => {
        await work(session);
        const { calls, problems } = session;
        for (const id of calls.ends.keys()) {
          if (calls.runsOf(id) > 1) problems.push(`call ${id} ran twice`);
        }
      };
      await runSession(seed, {}, scene, weather);
    }
  });
});
