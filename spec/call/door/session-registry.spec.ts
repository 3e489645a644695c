import { expect } from 'chai';

import { defaultsOf } from '../../../lib/base/bounds.ts';
import { IDLE_KEEP_MS, SessionRegistry } from '../../../lib/call/door/session-registry.ts';
import { SESSION_RULES, type SessionRules } from '../../../lib/call/resume/session-rules.ts';
import { ServerSession } from '../../../lib/call/server/server-session.ts';
import { capabilitiesOf } from '../../../lib/connection/handshake/capabilities.ts';
import { makeSessionKey } from '../../../lib/connection/handshake/proof.ts';
import { ClosedError } from '../../../lib/errors/errors.ts';
import { AcceptedLanes } from '../../../lib/stream/lane/accepted-lanes.ts';
import { acceptedClient, testCore } from '../../support/server-bench.ts';

const LOST = new ClosedError('lost', 'transport');

/** The sessions of a server whose connections the test loses. */
class Bench {
  readonly core = testCore();
  readonly registry: SessionRegistry;

  constructor(rules: Partial<SessionRules> = {}) {
    this.registry = new SessionRegistry(this.core.environment, {
      ...defaultsOf(SESSION_RULES),
      ...rules,
    });
  }

  /** The session of a client that has lost its connection. */
  async away(principal?: unknown, hasWork = true): Promise<ServerSession> {
    const { client } = await acceptedClient(this.core, {
      capabilities: capabilitiesOf(3, 3),
      session: makeSessionKey(this.core.environment.random),
      keepMs: SESSION_RULES.sessionKeepMs.default,
    });
    const session = new ServerSession(this.core, { ...client, principal }, this.registry);
    this.registry.add(session);
    const { underWay, streams } = session.calls;
    const { environment } = this.core;
    const lanes = new AcceptedLanes(
      {
        environment,
        tellPeer: (message) => session.tellPeer(message),
        abort: (cause) => session.abort(cause),
      },
      { take: () => undefined, find: () => undefined },
      underWay,
    );
    streams?.valueStreams.attach({ peer: session, lanes });
    if (hasWork) streams?.valueStreams.offer([]);
    expect(session.lose(LOST)).to.equal(true);
    return session;
  }

  advance(ms: number): void {
    this.core.environment.clock.advance(ms);
  }

  get counts(): [known: number, away: number, timers: number] {
    const { clock } = this.core.environment;
    return [this.registry.size, this.registry.away().length, clock.pendingTimers];
  }
}

describe('SessionRegistry', () => {
  it('knows a session by its id until it is over', async () => {
    const bench = new Bench();
    const session = await bench.away();
    const { id } = session.key!;
    expect(bench.registry.find(Buffer.from(id))).to.equal(session);
    session.endAway(LOST);
    expect(bench.registry.find(id)).to.equal(undefined);
    expect(bench.counts).to.deep.equal([0, 0, 0]);
  });

  it('ends one with something to lose when its time is over, not before', async () => {
    const bench = new Bench({ sessionKeepMs: 50_000 });
    const session = await bench.away();
    bench.advance(49_999);
    expect([session.phase, bench.counts]).to.deep.equal(['away', [1, 1, 1]]);
    bench.advance(1);
    expect([session.phase, bench.counts]).to.deep.equal(['over', [0, 0, 0]]);
  });

  it('ends one with nothing to lose sooner, also where that was so only later', async () => {
    const bench = new Bench();
    const idle = await bench.away(undefined, false);
    const busy = await bench.away();
    bench.advance(1_000);
    bench.advance(IDLE_KEEP_MS);
    expect([idle.phase, busy.phase]).to.deep.equal(['over', 'away']);
    busy.calls.streams?.end(LOST);
    bench.advance(2 * IDLE_KEEP_MS);
    expect([busy.phase, bench.counts]).to.deep.equal(['over', [0, 0, 0]]);
  });

  it('never keeps one longer than it may, with or without something to lose', async () => {
    const bench = new Bench({ sessionKeepMs: 500 });
    await bench.away(undefined, false);
    await bench.away();
    bench.advance(500);
    expect(bench.counts).to.deep.equal([0, 0, 0]);
  });

  it('counts equal principals as one, and such as can’t be written down by themselves', async () => {
    const bench = new Bench({ maxAwaySessionsPerClient: 1 });
    const [older, newer] = [await bench.away({ name: 'a' }), await bench.away({ name: 'a' })];
    const others = [await bench.away({ big: 1n }), await bench.away({ big: 1n })];
    expect([older.phase, newer.phase]).to.deep.equal(['over', 'away']);
    expect(others.map(({ phase }) => phase)).to.deep.equal(['away', 'away']);
    expect(bench.core.environment.lines.lines[0]).to.match(/its session ends: .*maxAwaySessions/);
    bench.registry.close(LOST);
    expect(bench.counts).to.deep.equal([0, 0, 0]);
  });

  it('takes a text for no object that is written in the same way', async () => {
    const bench = new Bench({ maxAwaySessionsPerClient: 1 });
    const all = [await bench.away({ a: 1 }), await bench.away('{"a":1}'), await bench.away(1)];
    expect(all.map(({ phase }) => phase)).to.deep.equal(['away', 'away', 'away']);
    bench.registry.close(LOST);
  });

  it('gives a share to a principal that is written down as nothing', async () => {
    const bench = new Bench({ maxAwaySessionsPerClient: 1 });
    const silent = { toJSON: () => undefined };
    const [older, newer] = [await bench.away(silent), await bench.away(silent)];
    expect([older.phase, newer.phase]).to.deep.equal(['over', 'away']);
    bench.registry.close(LOST);
  });

  it('ends the one that grows beyond the memory of all', async () => {
    const bench = new Bench({ maxAwaySessionBytes: 50_000 });
    const modest = await bench.away('modest');
    const greedy = await bench.away('greedy');
    const reason = Buffer.alloc(10_000);
    greedy.tellPeer({ kind: 'stream-cancel', number: 2, reason });
    expect([modest.phase, greedy.phase]).to.deep.equal(['away', 'over']);
    modest.endAway(LOST);
  });

  it('keeps none when it is closed, and ends those that are away', async () => {
    const bench = new Bench();
    const session = await bench.away();
    expect(bench.registry.isOpen).to.equal(true);
    bench.registry.close(LOST);
    expect([bench.registry.isOpen, session.phase]).to.deep.equal([false, 'over']);
    expect(bench.counts).to.deep.equal([0, 0, 0]);
  });

  it('ends one for which more messages wait than may be kept', async () => {
    const bench = new Bench();
    const session = await bench.away();
    const reason = Buffer.alloc(0);
    const most = 2 * bench.core.environment.limits.maxPromised + 4_096;
    for (let count = 0; count < most; count++) {
      session.tellPeer({ kind: 'stream-cancel', number: 2, reason });
    }
    expect(session.phase).to.equal('away');
    session.tellPeer({ kind: 'stream-cancel', number: 2, reason });
    expect(session.phase).to.equal('over');
  });
});
