import { expect } from 'chai';

import { judge } from '../../scripts/sim/model/judge.ts';
import {
  ANSWER_LIES,
  CHILD_LIES,
  type ClientMove,
  DOWNLOAD_LIES,
  GREETING_LIES,
  type HostilePeer,
  LANE_LIES,
  MESSAGE_LIES,
  type MessagesMove,
  READER_LIES,
  REQUEST_LIES,
  STREAM_LIES,
} from '../../scripts/sim/plan/hostile.ts';
import type { History } from '../../scripts/sim/run/history.ts';
import { runPlan } from '../../scripts/sim/run/run-plan.ts';
import { hostileClient, hostileServer, planWith } from './support/hostile-plans.ts';

/** Runs a world, and expects that no promise was broken. */
async function expectUnharmed(what: string, ...hostile: readonly HostilePeer[]): Promise<History> {
  const plan = planWith(...hostile);
  const { history } = await runPlan(plan);
  const texts = judge(plan, history).map(({ text }) => text);
  expect(texts, what).to.deep.equal([]);
  return history;
}

function messages(lie: MessagesMove['lie'], from: number): MessagesMove {
  return { kind: 'messages', lie, times: 20, from };
}

const CLIENT_MOVES: Readonly<Record<string, readonly ClientMove[]>> = {
  'sends main messages that mean nothing, or that only its server may send': MESSAGE_LIES.flatMap(
    (lie) => [messages(lie, 2), messages(lie, 2 ** 53 - 10)],
  ),
  'breaks a rule of requests': REQUEST_LIES.map((lie) => ({ kind: 'request', lie })),
  'breaks a rule of idle lanes': LANE_LIES.map((lie) => ({ kind: 'lane', lie })),
  'breaks a rule of the stream that the server reads': STREAM_LIES.map((lie) => ({
    kind: 'upload',
    lie,
    items: 2,
  })),
  'breaks a rule of the stream that the server sends': DOWNLOAD_LIES.map((lie) => ({
    kind: 'download',
    lie,
  })),
  'opens children that it must not open': CHILD_LIES.map((lie) => ({
    kind: 'child',
    lie,
    times: 3,
  })),
};

/** Operations of an honest client that fail, by their codes. */
function codesOf({ sights }: History): Set<unknown> {
  const failures = sights.filter(({ kind, operation }) => kind === 'failed' && operation >= 1_000);
  return new Set(failures.map(({ error }) => error?.code));
}

describe('worlds with hostile peers', () => {
  for (const [what, moves] of Object.entries(CLIENT_MOVES)) {
    it(`a client that ${what} harms nobody else, and leaves nothing behind`, async () => {
      for (const move of moves) await expectUnharmed(JSON.stringify(move), hostileClient(move));
    });
  }

  for (const what of ['canceled', 'unknown'] as const) {
    it(`1,000 ${what} streams that come together on a lane all come to their end`, async () => {
      const move: ClientMove = { kind: 'burst', what, streams: 1_000 };
      const { bursts } = await expectUnharmed(what, hostileClient(move));
      expect(bursts).to.have.lengthOf(1);
      expect(bursts[0]).to.include({ asked: 1_000, answered: 1_000 });
    });
  }

  it('a client gets a clear error for each call, however its server negotiates', async () => {
    for (const lie of GREETING_LIES) {
      await expectUnharmed(lie, hostileServer({}, lie));
      await expectUnharmed(lie, hostileServer({}, 'right', lie));
    }
  });

  it('a client gets one clear end of each call, however its server answers', async () => {
    for (const answer of ANSWER_LIES) await expectUnharmed(answer, hostileServer({ answer }));
  });

  it('a client gets one clear end of each stream, however its server sends or reads it', async () => {
    for (const stream of STREAM_LIES) await expectUnharmed(stream, hostileServer({ stream }));
    for (const reader of READER_LIES) await expectUnharmed(reader, hostileServer({ reader }));
  });

  it('a client ends the connection, or goes on, whatever main messages its server sends', async () => {
    for (const lie of MESSAGE_LIES) {
      await expectUnharmed(lie, hostileServer({ messages: [messages(lie, 2)] }));
    }
  });

  it('a server that keeps to the rules answers what these clients ask for', async () => {
    const history = await expectUnharmed('right', hostileServer({}));
    expect([...codesOf(history)]).to.deep.equal(['ERR_SERIALIZATION']);
  });
});
