import { expect } from 'chai';

import type { CallEnd } from './support/session/session-calls.ts';
import { runSession, type SessionWorld } from './support/session/session-world.ts';
import { anyFault, badWeather } from './support/session/weather.ts';

const SEEDS = 12;
const CALLS = 40;
/** A reply is on its way for so long at most. */
const REPLY_MS = 5;

interface Worker {
  work(id: number, ms: number): number;
}

/** Makes calls one after another, each of which works for a while. */
async function callAgain(session: SessionWorld, idempotent = false): Promise<void> {
  const { clientNode, client, calls, world } = session;
  const api = client.api<Worker>('session', idempotent ? { idempotent } : {});
  const ends: Promise<CallEnd>[] = [];
  for (let id = 0; id < CALLS; id++) {
    await clientNode.sleep(world.dice.between(0, 4));
    ends.push(calls.settle(id, api.work(id, world.dice.pick([0, 0, 1, 5, 40, 200]))));
  }
  await Promise.all(ends);
}

/** Whether a cut fell between the end of a method and the arrival of its reply. */
function couldBeLost({ calls, cutsAt }: SessionWorld, id: number): boolean {
  const doneAt = calls.doneAt.get(id) ?? Infinity;
  return cutsAt.some((atMs) => atMs >= doneAt && atMs <= doneAt + REPLY_MS);
}

function judgeCalls(session: SessionWorld): void {
  const { calls, problems } = session;
  for (const [id, end] of calls.ends) {
    const runs = calls.runsOf(id);
    if (runs !== 1) problems.push(`call ${id} ran ${runs} times`);
    if (end === 'ok') continue;
    const isRight = end.code === 'ERR_CLOSED' && end.mayHaveRun === true;
    if (!isRight) problems.push(`call ${id} ended with ${end.code}, ${String(end.mayHaveRun)}`);
    if (!couldBeLost(session, id)) problems.push(`the reply to call ${id} was not lost`);
  }
  const late = calls.order.find((id, place) => id < (calls.order[place - 1] ?? 0));
  if (late !== undefined) problems.push(`call ${late} ran behind a later one`);
  if (calls.ends.size !== CALLS) problems.push(`${calls.ends.size} calls ended`);
}

describe('calls of a session in drawn worlds', () => {
  it('F20 Replies: never another call’s, and each runs once, old before new, however often connections are cut', async () => {
    let [resumed, lost] = [0, 0];
    for (let seed = 0; seed < SEEDS; seed++) {
      const scene = async (session: SessionWorld): Promise<void> => {
        await callAgain(session);
        judgeCalls(session);
      };
      const weather = badWeather((session) => session.cut(), 60);
      const session = await runSession(seed, {}, scene, weather);
      expect(session.connections.slice(1)).to.not.include(false);
      resumed += session.resumed;
      lost += session.calls.endedWith('ERR_CLOSED').length;
    }
    expect(resumed, 'resumed').to.be.at.least(SEEDS);
    expect(lost, 'lost').to.be.at.least(1);
  });

  it('F20 each get a reply if they are idempotent', async () => {
    let repeated = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const scene = (session: SessionWorld): Promise<void> => callAgain(session, true);
      const weather = badWeather((session) => session.cut(), 30);
      const { calls } = await runSession(seed, {}, scene, weather);
      expect(calls.endedWith('ok')).to.have.lengthOf(CALLS);
      for (const id of calls.ends.keys()) if (calls.runsOf(id) > 1) repeated++;
    }
    expect(repeated, 'repeated').to.be.at.least(1);
  });

  it('F20 all come to an end, and none runs twice, whatever breaks', async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const scene = async (session: SessionWorld): Promise<void> => {
        await callAgain(session);
        const { calls, problems } = session;
        for (const id of calls.ends.keys()) {
          if (calls.runsOf(id) > 1) problems.push(`call ${id} ran twice`);
        }
      };
      await runSession(seed, {}, scene, badWeather(anyFault, 60));
    }
  });
});
