import { expect } from 'chai';

import type { Operation, Plan } from '../../../scripts/sim/plan/plan.ts';
import type { SeenConnection, SeenError, Sight } from '../../../scripts/sim/run/history.ts';
import {
  atServer,
  DOWN,
  ECHO,
  errorOf,
  failing,
  FLOW,
  historyOf,
  LOSS,
  planOf,
  seen,
  textsOf,
} from '../../support/seen-worlds.ts';

const OF_CLIENT = { client: 'client1', number: 1 };
const CONNECTED: SeenConnection = { ...OF_CLIENT, kind: 'connected', atMs: 50 };

/** The plan, with a client that outlives its connections. */
function lasting(plan: Plan): Plan {
  const reconnect = { minDelayMs: 1, maxDelayMs: 1 };
  return { ...plan, clients: plan.clients.map((client) => ({ ...client, reconnect })) };
}

describe('the model of simulated worlds, of clients that outlive their connections', () => {
  it('takes a session for lost when its server has forgotten a client that stands still', () => {
    const operation: Operation = { ...DOWN, kind: 'up', flow: { ...FLOW, resumable: {} } };
    const block = { kind: 'block', atMs: 101, node: 'client1', forMs: 30_000 } as const;
    const plan = lasting(planOf(operation, [block]));
    const broken = errorOf('ERR_STREAM_CLOSED', { scope: 'stream', cause: LOSS });
    const sights = [
      seen(100, { kind: 'began' }),
      atServer(101, { kind: 'ran', isRight: true }),
      atServer(26_000, { kind: 'broken', stream: 'up', error: broken }),
      atServer(26_000, { kind: 'done' }),
    ];
    const losses = [{ client: 'client1', atMs: 25_000 }];
    const isAccused = (
      sessionKeepMs: number,
      lostMs = 30_100,
      back: 'connected' | 'resumed' = 'connected',
    ): boolean => {
      const server = { ...plan.server, sessionKeepMs };
      const connections = [
        CONNECTED,
        { ...OF_CLIENT, kind: 'lost', atMs: lostMs },
        { ...OF_CLIENT, kind: back, atMs: lostMs + 10 },
      ] as const;
      const history = historyOf(sights, { connections, losses });
      const texts = textsOf({ ...plan, server }, history);
      return texts.some((text) => text.includes('broken though its session lived on'));
    };
    expect(isAccused(1_000)).to.equal(false);
    expect(isAccused(1_001)).to.equal(true);
    expect(isAccused(1_000, 30_100, 'resumed'), 'the server had it still').to.equal(true);
    expect(isAccused(1_000, 24_980, 'resumed'), 'another one took its place').to.equal(true);
  });

  it('asks when a client that stands still was connected, not when it has seen that', () => {
    const block = { kind: 'block', atMs: 60, node: 'client1', forMs: 30_000 } as const;
    const plan = lasting(planOf(ECHO, [block]));
    const connections = [
      { ...OF_CLIENT, kind: 'connected', atMs: 30_060 },
      { ...OF_CLIENT, kind: 'lost', atMs: 30_060 },
      { ...OF_CLIENT, kind: 'connected', atMs: 30_070 },
    ] as const;
    const isAccused = (startMs: number): boolean => {
      const ends = [{ atMs: startMs - 100, graceMs: 0 }];
      const servers = [
        { process: 'server/1', startMs: 0, ends: [] },
        { process: 'server/2', startMs, ends },
      ];
      const texts = textsOf(plan, historyOf([], { connections, servers }));
      return texts.some((text) => text.includes('has lost its session'));
    };
    expect(isAccused(10_000)).to.equal(false);
    expect(isAccused(40_000)).to.equal(true);
  });

  it('accuses a resumable stream that does not open though its session lives on, whatever keeps its lanes away', () => {
    const refused = errorOf('ERR_CLOSED', {
      message: 'could not connect: connect ECONNREFUSED server:1',
      scope: 'connection',
      cause: errorOf('ECONNREFUSED'),
    });
    const plan = lasting(planOf({ ...DOWN, kind: 'down', flow: { ...FLOW, resumable: {} } }));
    const struck = Array.from({ length: 10 }, (_, place) => {
      return { client: 'client1', atMs: 102 + place, toMs: 102 + place };
    });
    for (const error of [refused, errorOf('ERR_TIMEOUT', { scope: 'stream' })]) {
      const sights = [
        seen(100, { kind: 'began' }),
        atServer(101, { kind: 'ran', isRight: true }),
        seen(109, { kind: 'answered' }),
        seen(115, { kind: 'broken', stream: 'down', error }),
        seen(115, { kind: 'failed', error }),
      ];
      const history = historyOf(sights, { connections: [CONNECTED], struck });
      const [text] = textsOf(plan, history).filter((each) => each.startsWith('down'));
      expect(text).to.match(/^down: broken though its session lived on/);
    }
  });

  it('knows that a client has left which crashes behind that', () => {
    const broken = errorOf('ERR_STREAM_CLOSED', { scope: 'stream', cause: LOSS });
    const plan = planOf({ ...DOWN, kind: 'both', flow: FLOW });
    const sights = [
      seen(100, { kind: 'began' }),
      atServer(101, { kind: 'ran', isRight: true }),
      seen(102, { kind: 'answered' }),
      seen(103, { kind: 'settled', value: 1 }),
      atServer(104, { kind: 'broken', stream: 'up', error: broken }),
    ];
    const isAccused = (leftMs: number): boolean => {
      const left: SeenConnection = { ...OF_CLIENT, kind: 'left', atMs: leftMs };
      const history = historyOf(sights, { connections: [CONNECTED, left], clients: [] });
      return textsOf(plan, history).some((text) => text.includes('though nothing was wrong'));
    };
    expect(isAccused(103)).to.equal(false);
    expect(isAccused(105)).to.equal(true);
  });

  it('knows that a refusal may be lost which a call has got that waited for a place too long', () => {
    const error = errorOf('ERR_CLOSED', {
      message: 'the call may have run, and its reply is lost',
      mayHaveRun: true,
      scope: 'connection',
    });
    const plan = lasting(planOf({ ...DOWN, flow: { ...FLOW, resumable: {} } }));
    const connections = [
      CONNECTED,
      { ...OF_CLIENT, kind: 'lost', atMs: 105 },
      { ...OF_CLIENT, kind: 'resumed', atMs: 109 },
    ] as const;
    const isAccused = (maxInFlight: number, tookMs: number): boolean => {
      const server = { ...plan.server, maxInFlight };
      const history = historyOf(failing(error, 100, tookMs), { connections });
      const texts = textsOf({ ...plan, server }, history);
      return texts.some((text) => text.startsWith('it failed though its session'));
    };
    expect(isAccused(1, 10_000)).to.equal(false);
    expect(isAccused(1, 9_000)).to.equal(true);
    expect(isAccused(0, 10_000)).to.equal(true);
  });

  it('lets a client that closes refuse to open another connection, and no other client', () => {
    const error = errorOf('ERR_CLOSED', { message: 'the client is closing', scope: 'connection' });
    const operation: Operation = { ...DOWN, kind: 'verbDown', flow: { ...FLOW, resumable: {} } };
    const plan = lasting(planOf(operation));
    const texts = (leftMs: number): string[] => {
      const leaves = [{ client: 'client1', atMs: leftMs, goneMs: 500 }];
      const history = historyOf(failing(error), { connections: [CONNECTED], leaves });
      return textsOf(plan, history);
    };
    expect(texts(105)).to.deep.equal([]);
    expect(texts(111).some((text) => text.startsWith('it failed though its session'))).to.equal(
      true,
    );
  });

  it('lets a kept reply be lost whose time was over by the clock of its server, and no other', () => {
    const text = 'the call may have run, and its reply is lost';
    const lost = errorOf('ERR_CLOSED', { message: text, mayHaveRun: true, cause: LOSS });
    const sights = [
      seen(100, { kind: 'began' }),
      atServer(101, { kind: 'ran', isRight: true }),
      atServer(110, { kind: 'done' }),
      seen(120, { kind: 'failed', error: lost }),
    ];
    const texts = (timeoutMs: number | undefined, jumpAtMs: number): string[] => {
      const once: Operation = { ...ECHO, kind: 'echo', promise: 'once', timeoutMs };
      const jump = { kind: 'jump', atMs: jumpAtMs, node: 'server', byMs: 5_000 } as const;
      const plan = lasting(planOf(once, [jump]));
      return textsOf(plan, historyOf(sights, { connections: [CONNECTED] }));
    };
    expect(texts(5_010, 105)).to.deep.equal([]);
    for (const [first] of [texts(5_011, 105), texts(5_010, 115), texts(undefined, 105)]) {
      expect(first).to.match(/^it failed though its session lived on/);
    }
  });

  it('takes a call for sent while a connection is there, also if the one before is lost late', () => {
    const error = errorOf('ERR_CLOSED', { mayHaveRun: true, cause: LOSS });
    const sights = [seen(100, { kind: 'began' }), seen(120, { kind: 'failed', error })];
    const plan = lasting(planOf(ECHO, [{ kind: 'cut', atMs: 60, client: 'client1' }]));
    const texts = (lostId: string): string[] => {
      const connections = [
        { ...OF_CLIENT, kind: 'connected', atMs: 50, id: '1' },
        { ...OF_CLIENT, kind: 'connected', atMs: 80, id: '2' },
        { ...OF_CLIENT, kind: 'lost', atMs: 90, id: '1' },
        { ...OF_CLIENT, kind: 'lost', atMs: 91, id: lostId },
      ] as const;
      return textsOf(plan, historyOf(sights, { connections }));
    };
    const neverSent = /^it was never sent/;
    expect(texts('1').some((text) => neverSent.test(text))).to.equal(false);
    expect(texts('2').some((text) => neverSent.test(text))).to.equal(true);
  });

  it('lets no resumable stream of a verb fail in a cut, also while its caller has no sink', () => {
    const struck = [{ client: 'client1', atMs: 105, toMs: 105 }];
    const texts = (resumable: object | undefined, ...before: readonly Sight[]): string[] => {
      const down: Operation = { id: 1, atMs: 100, kind: 'verbDown', flow: { ...FLOW, resumable } };
      const plan = lasting(planOf(down));
      const sights = [
        seen(100, { kind: 'began' }),
        ...before,
        seen(110, { kind: 'failed', error: LOSS }),
      ];
      return textsOf(plan, historyOf(sights, { struck, connections: [CONNECTED] }));
    };
    expect(texts(undefined)).to.deep.equal([]);
    expect(texts({})[0]).to.match(/^it failed though its session lived on/);
    const broken = seen(109, { kind: 'broken', stream: 'down', error: LOSS });
    expect(texts({}, broken).at(-1)).to.match(/^down: broken though its session lived on/);
  });

  it('lets the rest of a verb’s stream be lost with its client, and not before that leaves', () => {
    const up: Operation = { id: 1, atMs: 100, kind: 'verbUp', flow: { ...FLOW, resumable: {} } };
    const connections = [CONNECTED, { ...OF_CLIENT, kind: 'left', atMs: 110 }] as const;
    const texts = (atMs: number): string[] => {
      const plan = lasting(planOf(up));
      const sights = [
        seen(100, { kind: 'began' }),
        atServer(102, { kind: 'ran' }),
        seen(103, { kind: 'answered' }),
        seen(104, { kind: 'settled', value: true }),
        atServer(atMs, { kind: 'broken', stream: 'up', error: LOSS }),
      ];
      return textsOf(plan, historyOf(sights, { connections }));
    };
    expect(texts(110)).to.deep.equal([]);
    expect(texts(109)[0]).to.match(/^up: broken though its session lived on/);
  });

  it('lets a stream end with a call whose caller has given it up, by a clock that has jumped', () => {
    const flow = { ...FLOW, resumable: {} };
    const up: Operation = { id: 1, atMs: 100, kind: 'up', timeoutMs: 1_000, flow };
    const text = 'the call took longer than 1000 ms';
    const late = errorOf('ERR_TIMEOUT', { scope: 'call', message: text });
    const broken = errorOf('ERR_STREAM_NOT_FOUND', { scope: 'call' });
    const texts = (error: SeenError, atMs: number): string[] => {
      const sights = [
        seen(100, { kind: 'began' }),
        atServer(101, { kind: 'ran', isRight: true }),
        seen(110, { kind: 'failed', error }),
        atServer(atMs, { kind: 'broken', stream: 'up', error: broken }),
        atServer(atMs, { kind: 'done' }),
      ].sort((one, other) => one.atMs - other.atMs);
      const jump = { kind: 'jump', atMs: 110, node: 'client1', byMs: 5_000 } as const;
      const own = textsOf(lasting(planOf(up, [jump])), historyOf(sights));
      return own.filter((each) => each.startsWith('up:'));
    };
    expect(texts(late, 115)).to.deep.equal([]);
    expect(texts(late, 105)).to.have.length(1);
    expect(texts({ ...late, scope: 'stream' }, 115)).to.have.length(1);
  });
});
