import { expect } from 'chai';

import { runSession, type SessionWorld, type Weather } from './support/session/session-world.ts';

const SEEDS = 10;
const KEEP_MS = 60_000;
const A_SECOND_MS = 1_000;
/** Cuts in a row. */
const FLAPS = 10;
const AN_HOUR_MS = 3_600_000;
/** Both ends have noticed a silent connection by then. */
const NOTICED_MS = 60_000;

/** The weather of scenes that make their own. */
const CALM: Weather = async () => {};

interface Worker {
  work(id: number, ms: number): number;
}

/** The connections are reset, and nothing passes until the network is healed. */
function goAway(session: SessionWorld): void {
  session.world.partition('client', 'server');
  session.cut();
}

async function forSeeds(
  scene: (session: SessionWorld) => Promise<void>,
  server: { readonly sessionKeepMs?: number } = {},
  seeds: number = SEEDS,
): Promise<SessionWorld[]> {
  const sessions: SessionWorld[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    sessions.push(await runSession(seed, { server, maxMs: 2 * AN_HOUR_MS }, scene, CALM));
  }
  return sessions;
}

describe('a client that is away, in drawn worlds', () => {
  it('F20 Canceled away: handler stops on resume', async () => {
    await forSeeds(async (session) => {
      const { calls, client, world } = session;
      const abort = new AbortController();
      const api = client.api<Worker>('session', { signal: abort.signal });
      const settled = calls.settle(0, api.work(0, 10 * A_SECOND_MS));
      await world.sleep(world.dice.between(10, 50));
      goAway(session);
      await world.sleep(world.dice.between(0, 500));
      abort.abort(new Error('not wanted any more'));
      expect(await settled).to.include({ code: 'ERR_CANCELED' });
      expect(calls.stops.size, 'stopped while away').to.equal(0);
      world.heal();
      await world.sleep(A_SECOND_MS);
      expect(calls.runsOf(0)).to.equal(1);
      expect(calls.stops.get(0)).to.be.a('string');
    });
  });

  it('F20 Expired away: not sent, and neither is what was canceled', async () => {
    await forSeeds(async (session) => {
      const { calls, client, world } = session;
      await client.whenReady();
      goAway(session);
      const abort = new AbortController();
      const limited = client.api<Worker>('session', { timeoutMs: 100 });
      const canceled = client.api<Worker>('session', { signal: abort.signal });
      const patient = client.api<Worker>('session', { timeoutMs: 10 * A_SECOND_MS });
      const all = [
        calls.settle(0, limited.work(0, 0)),
        calls.settle(1, canceled.work(1, 0)),
        calls.settle(2, patient.work(2, 0)),
      ];
      await world.sleep(world.dice.between(101, 1_000));
      abort.abort(new Error('not wanted any more'));
      world.heal();
      const ends = await Promise.all(all);
      expect(ends[0]).to.include({ code: 'ERR_TIMEOUT' });
      expect(ends[1]).to.include({ code: 'ERR_CANCELED' });
      expect(ends[2]).to.equal('ok');
      expect([0, 1, 2].map((id) => calls.runsOf(id))).to.deep.equal([0, 0, 1]);
    });
  });

  it('F20 gets the reply that was done meanwhile, and the one that is done later', async () => {
    await forSeeds(async (session) => {
      const { api, calls, world } = session;
      const all = [20, 2_000].map((ms, id) => calls.settle(id, api.work(id, ms)));
      await world.sleep(world.dice.between(10, 15));
      goAway(session);
      await world.sleep(world.dice.between(100, 1_000));
      world.heal();
      expect(await Promise.all(all)).to.deep.equal(['ok', 'ok']);
      expect(session.connections).to.deep.equal([false, true]);
      expect([calls.runsOf(0), calls.runsOf(1)]).to.deep.equal([1, 1]);
    });
  });

  it('L10 keep − 1, keep + 1: resumed, new, by as much as connections take to go and come', async () => {
    for (const [awayMs, isKept] of [
      [KEEP_MS - 100, true],
      [KEEP_MS + 100, false],
    ] as const) {
      const scene = async (session: SessionWorld): Promise<void> => {
        const { api, calls, clientNode, world } = session;
        const down = session.add({ items: 1_000, resumable: { windowItems: 5 } });
        const settled = calls.settle(0, api.work(0, 2 * KEEP_MS));
        const reading = down.read(await api.down(down.number), clientNode, world.dice);
        await world.sleep(world.dice.between(5, 50));
        goAway(session);
        await world.sleep(awayMs);
        world.heal();
        expect(await settled).to.deep.equal(
          isKept ? 'ok' : { code: 'ERR_CLOSED', mayHaveRun: true },
        );
        await reading;
        expect(session.connections).to.deep.equal([false, isKept]);
        if (isKept) session.judges.push(() => down.unresumed);
        else expect(down.isWhole).to.equal(false);
      };
      await forSeeds(scene, { sessionKeepMs: KEEP_MS });
    }
  });

  it('L13 Away: source not pulled, the server’s, beyond the window', async () => {
    await forSeeds(async (session) => {
      const { api, clientNode, world } = session;
      const down = session.add({ items: 300, resumable: { windowItems: 5 } });
      const reading = down.read(await api.down(down.number), clientNode, world.dice);
      await world.sleep(world.dice.between(5, 50));
      goAway(session);
      await world.sleep(A_SECOND_MS);
      const { made } = down;
      // The last item may be acknowledged, and the acknowledgement be lost.
      expect(made - down.got.length).to.be.within(0, 5);
      await world.sleep(10 * A_SECOND_MS);
      expect(down.made, 'made while away').to.equal(made);
      world.heal();
      await reading;
      session.judges.push(() => down.unresumed);
    });
  });

  it('L13 Away: source not pulled, its own, beyond the window', async () => {
    await forSeeds(async (session) => {
      const { api, clientNode, world } = session;
      const up = session.add({ items: 300, resumable: { windowItems: 5 } });
      const sending = api.up(up.number, up.produce(clientNode));
      await world.sleep(world.dice.between(15, 50));
      goAway(session);
      await world.sleep(A_SECOND_MS);
      const { made } = up;
      expect(made - up.got.length).to.be.within(0, 5);
      await world.sleep(10 * A_SECOND_MS);
      expect(up.made, 'made while away').to.equal(made);
      world.heal();
      expect(await sending).to.equal(300);
      session.judges.push(() => up.unresumed);
    });
  });

  it('L10 Cut each second: progress, of a stream and of a call', async () => {
    const scene = async (session: SessionWorld): Promise<void> => {
      const { api, calls, clientNode, world } = session;
      const down = session.add({ items: 10_000, resumable: { windowItems: 2 } });
      const reading = down.read(await api.down(down.number), clientNode, world.dice);
      const call = calls.settle(0, api.work(0, 5 * A_SECOND_MS));
      for (let second = 1; second <= FLAPS; second++) {
        const { length } = down.got;
        await world.sleep(A_SECOND_MS);
        expect(down.got.length, `in second ${second}`).to.be.above(length);
        session.cut();
      }
      expect(session.resumed).to.equal(FLAPS - 1);
      expect(await call).to.equal('ok');
      await reading;
      session.judges.push(() => down.unresumed);
    };
    // Delays that would grow to 10 s.
    const client = { reconnect: true };
    for (let seed = 0; seed < 2; seed++) await runSession(seed, { client }, scene, CALM);
  });

  it('F20 closes, and leaves nothing behind', async () => {
    await forSeeds(async (session) => {
      const { api, calls, client, clientNode, world } = session;
      const settled = calls.settle(0, api.work(0, 500));
      const down = session.add({ items: 1_000, resumable: true });
      const reading = down.read(await api.down(down.number), clientNode, world.dice);
      await world.sleep(world.dice.between(5, 30));
      goAway(session);
      await world.sleep(world.dice.between(0, 100));
      await client.close({ graceMs: world.dice.pick([0, 1_000]) });
      expect(await settled).to.deep.equal({ code: 'ERR_CLOSED', mayHaveRun: true });
      await reading;
      expect(down.isWhole).to.equal(false);
    });
  });

  it('F20 Slept 1 h: asks, resumes, or begins anew where its server has not kept its session', async () => {
    for (const sessionKeepMs of [KEEP_MS, 2 * AN_HOUR_MS]) {
      const isKept = sessionKeepMs > AN_HOUR_MS;
      const sessions = await forSeeds(
        async ({ calls, client, world }) => {
          await client.whenReady();
          const api = client.api<Worker>('session');
          const work = calls.settle(0, api.work(0, NOTICED_MS));
          await world.sleep(10);
          // The machine of the client sleeps, and its connections are gone meanwhile.
          world.partition('client', 'server');
          world.silence(0, 'both', AN_HOUR_MS / 2);
          world.block('client', AN_HOUR_MS);
          await world.sleep(AN_HOUR_MS);
          world.heal();
          const end = await work;
          expect(end).to.deep.equal(isKept ? 'ok' : { code: 'ERR_CLOSED', mayHaveRun: true });
          expect(await calls.settle(1, api.work(1, 0))).to.equal('ok');
        },
        { sessionKeepMs },
      );
      for (const { connections } of sessions) expect(connections).to.deep.equal([false, isKept]);
    }
  });

  it('L17 Half-open old main: fenced, unread, whatever comes on it later', async () => {
    const scene = async (session: SessionWorld): Promise<void> => {
      const { api, calls, clientNode, world } = session;
      const { dice } = world;
      const down = session.add({ items: 200, resumable: { windowItems: 20 } });
      const up = session.add({ items: 200, resumable: { windowItems: 20 } });
      const all: Promise<unknown>[] = [];
      all.push(down.read(await api.down(down.number), clientNode, dice));
      all.push(api.up(up.number, up.produce(clientNode)));
      all.push(calls.settle(0, api.work(0, NOTICED_MS)));
      await world.sleep(dice.between(15, 30));
      const direction = dice.pick(['both', 'toListener', 'toDialer'] as const);
      for (let index = world.connections - 1; index >= 0; index--) world.silence(index, direction);
      all.push(calls.settle(1, api.work(1, 0)));
      await Promise.all(all);
      expect(calls.ends.get(0)).to.equal('ok');
      const isReplyLost = direction === 'toDialer';
      const lost = { code: 'ERR_CLOSED', mayHaveRun: true };
      expect(calls.ends.get(1)).to.deep.equal(isReplyLost ? lost : 'ok');
      expect([calls.runsOf(0), calls.runsOf(1)]).to.deep.equal([1, 1]);
      expect(session.connections).to.deep.equal([false, true]);
      session.judges.push(
        () => down.unresumed,
        () => up.unresumed,
      );
    };
    // The client gives the connection up before its server does.
    const client = { limits: { pingIntervalMs: A_SECOND_MS, pingTimeoutMs: 3 * A_SECOND_MS } };
    for (let seed = 0; seed < SEEDS; seed++) await runSession(seed, { client }, scene, CALM);
  });

  it('F20 Draining: resumes, and its work comes to its end', async () => {
    const scene = async (session: SessionWorld): Promise<void> => {
      const { api, calls, clientNode, server, world } = session;
      const settled = calls.settle(0, api.work(0, 500));
      const down = session.add({ items: 300, resumable: true });
      const reading = down.read(await api.down(down.number), clientNode, world.dice);
      await world.sleep(world.dice.between(5, 30));
      goAway(session);
      await world.sleep(10);
      const closed = server.close({ graceMs: 60 * A_SECOND_MS });
      await world.sleep(world.dice.between(0, 200));
      world.heal();
      expect(await settled).to.equal('ok');
      await reading;
      session.judges.push(() => down.unresumed);
      await closed;
      expect(world.clock.now()).to.be.below(30 * A_SECOND_MS);
      expect(session.connections.slice(0, 2)).to.deep.equal([false, true]);
    };
    await forSeeds(scene, {}, 3);
  });

  it('L10 ends its streams with ERR_STREAM_NOT_FOUND and what is certain when its session is lost', async () => {
    const scene = async (session: SessionWorld): Promise<void> => {
      const { api, clientNode, world } = session;
      const down = session.add({ items: 1_000, resumable: { windowItems: 20 } });
      const up = session.add({ items: 1_000, resumable: { windowItems: 20 } });
      const reading = down.read(await api.down(down.number), clientNode, world.dice);
      api.up(up.number, up.produce(clientNode)).catch(() => {});
      await world.sleep(20);
      goAway(session);
      await world.sleep(KEEP_MS + 10 * A_SECOND_MS);
      await reading;
      for (const { end, got } of [down, up]) {
        expect(end).to.include({ code: 'ERR_STREAM_NOT_FOUND', scope: 'stream' });
        expect(end).to.have.property('cause').that.is.instanceOf(Error);
        expect(String(end)).to.contain(`${got.length} items were read, `);
      }
      world.heal();
    };
    await forSeeds(scene, { sessionKeepMs: KEEP_MS }, 3);
  });

  it('L10 ends its streams with ERR_STREAM_CLOSED when it is closed itself', async () => {
    const scene = async (session: SessionWorld): Promise<void> => {
      const { api, client, clientNode, world } = session;
      const down = session.add({ items: 1_000, resumable: true });
      const reading = down.read(await api.down(down.number), clientNode, world.dice);
      await world.sleep(10);
      await client.abort('enough');
      await reading;
      expect(down.end).to.include({ code: 'ERR_STREAM_CLOSED', initiator: 'local' });
    };
    await forSeeds(scene, {}, 3);
  });

  it('F20 resumes again and again at a server that drains, until its work has come to its end', async () => {
    const scene = async (session: SessionWorld): Promise<void> => {
      const { api, calls, clientNode, server, world } = session;
      const { dice } = world;
      const settled = calls.settle(0, api.work(0, 500));
      const down = session.add({ items: 300, resumable: { windowItems: 20 } });
      const up = session.add({ items: 300, resumable: { windowItems: 20 } });
      const all = [down.read(await api.down(down.number), clientNode, dice)];
      all.push(api.up(up.number, up.produce(clientNode)).then(() => {}));
      await world.sleep(dice.between(5, 30));
      const closed = server.close({ graceMs: 60 * A_SECOND_MS });
      for (let cut = 0; cut < 5; cut++) {
        await world.sleep(dice.between(1, 60));
        if (dice.chance(0.5)) session.cut();
        else session.cutOne();
      }
      expect(await settled).to.equal('ok');
      await Promise.all(all);
      await closed;
      session.judges.push(
        () => down.unresumed,
        () => up.unresumed,
      );
      expect(world.clock.now()).to.be.below(30 * A_SECOND_MS);
    };
    await forSeeds(scene);
  });

  it('F20 holds a server up that drains, while a stream that was read is not acknowledged', async () => {
    const scene = async (session: SessionWorld): Promise<void> => {
      const { api, clientNode, server, world } = session;
      const down = session.add({ items: 5, resumable: { ack: 'manual' } });
      const rows = await api.down(down.number);
      rows.ack = 'manual';
      await down.read(rows, clientNode, world.dice);
      const closed = server.close({ graceMs: 60 * A_SECOND_MS });
      await world.sleep(A_SECOND_MS);
      session.cut();
      await world.sleep(A_SECOND_MS);
      expect([rows.acknowledgedItems, session.connections]).to.deep.equal([0, [false]]);
      rows.acknowledge();
      await closed;
      expect(world.clock.now()).to.be.below(4 * A_SECOND_MS);
      session.judges.push(() => down.unresumed);
    };
    await forSeeds(scene, {}, 3);
  });
});
