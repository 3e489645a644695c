import { expect } from 'chai';

import { judge } from '../../../scripts/sim/model/judge.ts';
import {
  type ClientPlan,
  NEWEST_VERSION,
  type Operation,
  type Plan,
} from '../../../scripts/sim/plan/plan.ts';
import type { History, SeenError, Sight } from '../../../scripts/sim/run/history.ts';

const FLOW = { items: 1, itemBytes: 10, gapMs: 0, readGapMs: 0 };
const ECHO: Operation = { id: 1, atMs: 100, kind: 'echo', bytes: 1, workMs: 0 };
const DOWN: Operation = { id: 1, atMs: 100, kind: 'down', flow: FLOW };

function planOf(operation: Operation, faults: Plan['faults'] = []): Plan {
  return {
    seed: 1,
    network: {
      latencyMs: 1,
      jitterMs: 0,
      bytesPerMs: 0,
      bufferBytes: 65_536,
      refusals: 0,
      acceptDelayMs: 0,
    },
    server: {
      maxConcurrentCalls: 0,
      callsPerSecond: 0,
      maxInFlight: 0,
      maxMemoryBytes: 0,
      isCompressing: false,
    },
    limits: {},
    clients: [
      {
        name: 'client1',
        version: NEWEST_VERSION,
        operations: [operation],
        lingerMs: 0,
        farewell: 'close',
        graceMs: 0,
      },
    ],
    faults,
  };
}

type Told = Partial<Sight> & Pick<Sight, 'kind'>;

/** Something that the client has seen at a time. */
function seen(atMs: number, told: Told): Sight {
  return { atMs, clockMs: atMs, process: 'client1/1', operation: 1, ...told };
}

function atServer(atMs: number, told: Told): Sight {
  return seen(atMs, { process: 'server/1', ...told });
}

function errorOf(code: string, more: Partial<SeenError> = {}): SeenError {
  const facts = { name: 'Error', message: 'it failed', retryable: undefined, scope: 'call' };
  return { ...facts, code, ...more };
}

function historyOf(sights: readonly Sight[], more: Partial<History> = {}): History {
  const servers = [{ process: 'server/1', startMs: 0, ends: [] }];
  const clients = [{ name: 'client1', leftMs: 500_000, farewellMs: 500_000, goneMs: 500_000 }];
  return {
    sights,
    crashes: [],
    clients,
    leaves: [],
    servers,
    struck: [],
    bursts: [],
    connections: [],
    losses: [],
    leftovers: [],
    endMs: 1e6,
    ...more,
  };
}

function textsOf(plan: Plan, history: History): string[] {
  return judge(plan, history).map(({ text }) => text);
}

const LOSS = errorOf('ERR_CLOSED', {
  message: 'the connection was lost',
  scope: 'connection',
  cause: errorOf('ECONNRESET'),
});

/** A call that fails with an error after some milliseconds. */
function failing(error: SeenError, beganMs = 100, tookMs = 10): Sight[] {
  return [seen(beganMs, { kind: 'began' }), seen(beganMs + tookMs, { kind: 'failed', error })];
}

describe('the model of simulated worlds', () => {
  it('excuses a call that was under way when its connection was struck, and no later one', () => {
    const struck = [{ client: 'client1', atMs: 105, toMs: 105 }];
    expect(textsOf(planOf(ECHO), historyOf(failing(LOSS), { struck }))).to.deep.equal([]);
    const later = textsOf(planOf(ECHO), historyOf(failing(LOSS, 106), { struck }));
    expect(later).to.have.length(1);
    expect(later[0]).to.match(/^it failed though nothing was wrong/);
    const others = [{ client: 'client2', atMs: 105, toMs: 105 }];
    expect(textsOf(planOf(ECHO), historyOf(failing(LOSS), { struck: others }))).to.have.length(1);
  });

  it('excuses nothing that has failed when its client had no more to do, for that alone', () => {
    const clients = [{ name: 'client1', leftMs: 110, farewellMs: 110, goneMs: 110 }];
    const texts = textsOf(planOf(ECHO), historyOf(failing(LOSS), { clients }));
    expect(texts).to.have.length(1);
    expect(texts[0]).to.match(/^it failed though nothing was wrong/);
  });

  it('excuses a verb whose stream was given up while its call waited at the server, and no earlier one', () => {
    const verb: Operation = { id: 1, atMs: 100, kind: 'verbUp', flow: FLOW };
    const plain = planOf(verb);
    const tight = { ...plain, server: { ...plain.server, maxInFlight: 1 } };
    const error = errorOf('ERR_REMOTE', { message: 'rpc stream id …12ab34 not found' });
    const late = failing(error, 100, 30_000);
    expect(textsOf(tight, historyOf(late))).to.deep.equal([]);
    const wrong = [
      textsOf(tight, historyOf(failing(error, 100, 29_999))),
      textsOf(plain, historyOf(late)),
      textsOf(tight, historyOf([...late, atServer(200, { kind: 'ran' })])),
      textsOf(tight, historyOf(failing({ ...error, message: 'it failed' }, 100, 30_000))),
    ];
    for (const [text] of wrong) expect(text).to.match(/^it failed though nothing was wrong/);
  });

  it('excuses what breaks when a client without operations was told to leave, and not before', () => {
    const broken = errorOf('ERR_STREAM_CLOSED', { scope: 'stream', cause: LOSS });
    const sightsUntil = (endMs: number): Sight[] => [
      seen(100, { kind: 'began' }),
      atServer(101, { kind: 'ran' }),
      seen(101, { kind: 'pulled', stream: 'up', index: 0 }),
      seen(101, { kind: 'finally', stream: 'up' }),
      seen(102, { kind: 'settled', value: true }),
      atServer(endMs, { kind: 'broken', stream: 'up', error: broken }),
    ];
    const clients = [{ name: 'client1', leftMs: 102, farewellMs: 200, goneMs: 900 }];
    const verb: Operation = { id: 1, atMs: 100, kind: 'verbUp', flow: FLOW };
    const [client] = planOf(verb).clients as [ClientPlan];
    const texts = (endMs: number, way: Partial<ClientPlan>): string[] => {
      const plan = { ...planOf(verb), clients: [{ ...client, ...way }] };
      return textsOf(plan, historyOf(sightsUntil(endMs), { clients }));
    };
    expect(texts(199, { farewell: 'abort' })).to.have.length(1);
    expect(texts(200, { farewell: 'abort', graceMs: 500 })).to.deep.equal([]);
    // A close waits until what was sent whole was read.
    expect(texts(699, { farewell: 'close', graceMs: 500 })).to.have.length(1);
    expect(texts(700, { farewell: 'close', graceMs: 500 })).to.deep.equal([]);
  });

  it('excuses calls between the end of a server and the start of the next, and no later ones', () => {
    const servers = [
      { process: 'server/1', startMs: 0, ends: [{ atMs: 105, graceMs: 0 }] },
      { process: 'server/1', startMs: 200, ends: [] },
    ];
    expect(textsOf(planOf(ECHO), historyOf(failing(LOSS), { servers }))).to.deep.equal([]);
    const later = historyOf(failing(LOSS, 5_000), { servers });
    expect(textsOf(planOf(ECHO), later)).to.have.length(1);
  });

  it('closes the windows of a jump, a partition and a block', () => {
    const faults: Plan['faults'] = [
      { kind: 'jump', atMs: 50, node: 'client1', byMs: 100_000 },
      { kind: 'partition', atMs: 50, client: 'client1', forMs: 100 },
      { kind: 'block', atMs: 50, node: 'server', forMs: 100 },
    ];
    for (const fault of faults) {
      const plan = planOf(ECHO, [fault]);
      expect(textsOf(plan, historyOf(failing(LOSS))), fault.kind).to.deep.equal([]);
      expect(textsOf(plan, historyOf(failing(LOSS, 5_000))), fault.kind).to.have.length(1);
    }
  });

  it('lets work that was under way at a drain fail when its grace is over, and not before', () => {
    const ends = [{ atMs: 150, graceMs: 1_000 }];
    const servers = [{ process: 'server/1', startMs: 0, ends }];
    const broken = errorOf('ERR_STREAM_CLOSED', { scope: 'stream', cause: LOSS });
    const sightsUntil = (endMs: number): Sight[] => [
      seen(100, { kind: 'began' }),
      atServer(101, { kind: 'ran', isRight: true }),
      atServer(102, { kind: 'pulled', stream: 'down', index: 0 }),
      seen(104, { kind: 'answered' }),
      atServer(endMs, { kind: 'finally', stream: 'down' }),
      seen(endMs, { kind: 'failed', error: broken }),
    ];
    expect(textsOf(planOf(DOWN), historyOf(sightsUntil(1_150), { servers }))).to.deep.equal([]);
    expect(textsOf(planOf(DOWN), historyOf(sightsUntil(1_149), { servers }))).to.have.length(1);
  });

  it('takes a session for lost when its server has forgotten a client that stands still', () => {
    const operation: Operation = { ...DOWN, kind: 'up', flow: { ...FLOW, resumable: {} } };
    const block = { kind: 'block', atMs: 101, node: 'client1', forMs: 30_000 } as const;
    const plan = planOf(operation, [block]);
    const [client] = plan.clients as [ClientPlan];
    const clients = [{ ...client, reconnect: { minDelayMs: 1, maxDelayMs: 1 } }];
    const broken = errorOf('ERR_STREAM_CLOSED', { scope: 'stream', cause: LOSS });
    const sights = [
      seen(100, { kind: 'began' }),
      atServer(101, { kind: 'ran', isRight: true }),
      atServer(26_000, { kind: 'broken', stream: 'up', error: broken }),
      atServer(26_000, { kind: 'done' }),
    ];
    const ofClient = { client: 'client1', number: 1 };
    const losses = [{ client: 'client1', atMs: 25_000 }];
    const isAccused = (
      sessionKeepMs: number,
      lostMs = 30_100,
      back: 'connected' | 'resumed' = 'connected',
    ): boolean => {
      const server = { ...plan.server, sessionKeepMs };
      const connections = [
        { ...ofClient, kind: 'connected', atMs: 50 },
        { ...ofClient, kind: 'lost', atMs: lostMs },
        { ...ofClient, kind: back, atMs: lostMs + 10 },
      ] as const;
      const history = historyOf(sights, { connections, losses });
      const texts = textsOf({ ...plan, server, clients }, history);
      return texts.some((text) => text.includes('broken though its session lived on'));
    };
    expect(isAccused(1_000)).to.equal(false);
    expect(isAccused(1_001)).to.equal(true);
    expect(isAccused(1_000, 30_100, 'resumed'), 'the server had it still').to.equal(true);
    expect(isAccused(1_000, 24_980, 'resumed'), 'another one took its place').to.equal(true);
  });

  it('asks when a client that stands still was connected, not when it has seen that', () => {
    const block = { kind: 'block', atMs: 60, node: 'client1', forMs: 30_000 } as const;
    const plan = planOf(ECHO, [block]);
    const [client] = plan.clients as [ClientPlan];
    const clients = [{ ...client, reconnect: { minDelayMs: 1, maxDelayMs: 1 } }];
    const ofClient = { client: 'client1', number: 1 };
    const connections = [
      { ...ofClient, kind: 'connected', atMs: 30_060 },
      { ...ofClient, kind: 'lost', atMs: 30_060 },
      { ...ofClient, kind: 'connected', atMs: 30_070 },
    ] as const;
    const isAccused = (startMs: number): boolean => {
      const ends = [{ atMs: startMs - 100, graceMs: 0 }];
      const servers = [
        { process: 'server/1', startMs: 0, ends: [] },
        { process: 'server/2', startMs, ends },
      ];
      const texts = textsOf({ ...plan, clients }, historyOf([], { connections, servers }));
      return texts.some((text) => text.includes('has lost its session'));
    };
    expect(isAccused(10_000)).to.equal(false);
    expect(isAccused(40_000)).to.equal(true);
  });

  it('takes a stream for one that can not be opened when all dials of its lane were refused', () => {
    const error = errorOf('ERR_CLOSED', {
      message: 'could not connect: connect ECONNREFUSED server:1',
      scope: 'connection',
      cause: errorOf('ECONNREFUSED'),
    });
    const plan = planOf({ ...DOWN, kind: 'down', flow: { ...FLOW, resumable: {} } });
    const [client] = plan.clients as [ClientPlan];
    const clients = [{ ...client, reconnect: { minDelayMs: 1, maxDelayMs: 1 } }];
    const connections = [{ client: 'client1', number: 1, kind: 'connected', atMs: 50 } as const];
    const began = [seen(100, { kind: 'began' }), atServer(101, { kind: 'ran', isRight: true })];
    const ends = [
      seen(109, { kind: 'answered' }),
      seen(110, { kind: 'broken', stream: 'down', error }),
      seen(110, { kind: 'failed', error }),
    ];
    const item = [
      atServer(102, { kind: 'pulled', stream: 'down', index: 0 }),
      seen(103, { kind: 'got', stream: 'down', index: 0, isRight: true }),
      atServer(104, { kind: 'finally', stream: 'down' }),
    ];
    const accusations = (dials: number, sights: readonly Sight[]): number => {
      const struck = Array.from({ length: dials }, (_, place) => {
        return { client: 'client1', atMs: 102 + place, toMs: 102 + place };
      });
      const history = historyOf(sights, { connections, struck });
      const texts = textsOf({ ...plan, clients }, history);
      return texts.filter((text) => text.includes('though its session lived on')).length;
    };
    expect(accusations(6, [...began, ...ends])).to.equal(0);
    expect(accusations(5, [...began, ...ends])).to.equal(2);
    expect(accusations(6, [...began, ...item, ...ends])).to.be.greaterThan(0);
  });

  it('lets a stream end with its call when the clock of its caller has jumped, and with no call that goes on', () => {
    const broken = errorOf('ERR_CANCELED', { cause: LOSS });
    const jump = { kind: 'jump', atMs: 102, node: 'client1', byMs: 50 } as const;
    const flow = { ...FLOW, resumable: {} };
    const plan = planOf({ ...DOWN, kind: 'up', flow, timeoutMs: 60 }, [jump]);
    const [client] = plan.clients as [ClientPlan];
    const clients = [{ ...client, reconnect: { minDelayMs: 1, maxDelayMs: 1 } }];
    const connections = [{ client: 'client1', number: 1, kind: 'connected', atMs: 50 } as const];
    const isAccused = (failedMs: number): boolean => {
      const sights = [
        seen(100, { kind: 'began' }),
        atServer(101, { kind: 'ran', isRight: true }),
        seen(failedMs, { kind: 'failed', clockMs: failedMs + 50, error: errorOf('ERR_TIMEOUT') }),
        atServer(120, { kind: 'broken', stream: 'up', error: broken }),
        atServer(120, { kind: 'done' }),
      ];
      const texts = textsOf({ ...plan, clients }, historyOf(sights, { connections }));
      return texts.some((text) => text.includes('broken though its session lived on'));
    };
    expect(isAccused(110)).to.equal(false);
    expect(isAccused(121)).to.equal(true);
  });

  it('knows that a refusal may be lost which a call has got that waited for a place too long', () => {
    const error = errorOf('ERR_CLOSED', {
      message: 'the call may have run, and its reply is lost',
      mayHaveRun: true,
      scope: 'connection',
    });
    const plan = planOf({ ...DOWN, flow: { ...FLOW, resumable: {} } });
    const [client] = plan.clients as [ClientPlan];
    const clients = [{ ...client, reconnect: { minDelayMs: 1, maxDelayMs: 1 } }];
    const ofClient = { client: 'client1', number: 1 };
    const connections = [
      { ...ofClient, kind: 'connected', atMs: 50 },
      { ...ofClient, kind: 'lost', atMs: 105 },
      { ...ofClient, kind: 'resumed', atMs: 109 },
    ] as const;
    const isAccused = (maxInFlight: number, tookMs: number): boolean => {
      const server = { ...plan.server, maxInFlight };
      const history = historyOf(failing(error, 100, tookMs), { connections });
      const texts = textsOf({ ...plan, server, clients }, history);
      return texts.some((text) => text.startsWith('it failed though its session'));
    };
    expect(isAccused(1, 10_000)).to.equal(false);
    expect(isAccused(1, 9_000)).to.equal(true);
    expect(isAccused(0, 10_000)).to.equal(true);
  });

  it('lets a client that closes refuse to open another connection, and no other client', () => {
    const error = errorOf('ERR_CLOSED', { message: 'the client is closing', scope: 'connection' });
    const operation: Operation = { ...DOWN, kind: 'verbDown', flow: { ...FLOW, resumable: {} } };
    const plan = planOf(operation);
    const [client] = plan.clients as [ClientPlan];
    const clients = [{ ...client, reconnect: { minDelayMs: 1, maxDelayMs: 1 } }];
    const connections = [{ client: 'client1', number: 1, kind: 'connected', atMs: 50 } as const];
    const texts = (leftMs: number): string[] => {
      const leaves = [{ client: 'client1', atMs: leftMs, goneMs: 500 }];
      const history = historyOf(failing(error), { connections, leaves });
      return textsOf({ ...plan, clients }, history);
    };
    expect(texts(105)).to.deep.equal([]);
    expect(texts(111).some((text) => text.startsWith('it failed though its session'))).to.equal(
      true,
    );
  });

  it('gives a call without a reply no grace of a drain once it has run', () => {
    const ends = [{ atMs: 150, graceMs: 10_000 }];
    const servers = [{ process: 'server/1', startMs: 0, ends }];
    const texts = (operation: Operation): string[] => {
      const ran = atServer(101, { kind: 'ran', isRight: true });
      const [began, failed] = failing(LOSS, 100, 2_000) as [Sight, Sight];
      return textsOf(planOf(operation), historyOf([began, ran, failed], { servers }));
    };
    expect(texts({ id: 1, atMs: 100, kind: 'post' })).to.deep.equal([]);
    expect(texts(ECHO)).to.have.length(1);
  });

  it('takes a timeout only from a call with a limit, and not before its time by the own clock', () => {
    const late = errorOf('ERR_TIMEOUT');
    const limited = planOf({ ...ECHO, timeoutMs: 10 });
    expect(textsOf(limited, historyOf(failing(late)))).to.deep.equal([]);
    expect(textsOf(limited, historyOf(failing(late, 100, 9)))).to.have.length(2);
    expect(textsOf(limited, historyOf(failing(late, 100, 13)))).to.have.length(1);
    expect(textsOf(planOf(ECHO), historyOf(failing(late)))).to.have.length(2);
  });

  it('takes a cancel only from a caller that has canceled, with its reason and its path', () => {
    const plan = planOf({ ...ECHO, cancelAfterMs: 10 });
    const why = { name: 'Error', code: undefined, retryable: undefined, scope: undefined };
    const sightsOf = (message: string, path: readonly string[]): Sight[] => {
      const cause = { ...why, message };
      const atMethod = errorOf('ERR_CANCELED', { cause, path });
      return [
        seen(100, { kind: 'began' }),
        atServer(101, { kind: 'ran', isRight: true, value: 'watched' }),
        seen(110, { kind: 'canceled' }),
        seen(110, { kind: 'failed', error: errorOf('ERR_CANCELED', { cause, path: [] }) }),
        atServer(111, { kind: 'signaled', error: atMethod }),
        atServer(111, { kind: 'done' }),
      ];
    };
    const right = sightsOf('enough of 1', ['client1']);
    expect(textsOf(plan, historyOf(right))).to.deep.equal([]);
    expect(textsOf(plan, historyOf(sightsOf('enough of 2', ['client1'])))).to.have.length(2);
    expect(textsOf(plan, historyOf(sightsOf('enough of 1', [])))).to.have.length(1);
    const uncalled = right.filter(({ kind }) => kind !== 'canceled');
    expect(textsOf(plan, historyOf(uncalled))).to.have.length(3);
    const untold = right.map((sight) => (sight.kind === 'done' ? { ...sight, atMs: 900 } : sight));
    const deaf = untold.filter(({ kind }) => kind !== 'signaled');
    expect(textsOf(plan, historyOf(deaf))).to.deep.equal(['the method learned of no cancel']);
  });

  it('lets a caller give up a result that it has no connection left for, and with a limit only', () => {
    const message = '1 streams are open, as many as limits.maxChildren allows';
    const full = errorOf('ERR_REFUSED', { message, scope: 'stream' });
    const given = { cause: full, scope: 'stream', path: ['client1'] };
    const sights = [
      seen(100, { kind: 'began' }),
      atServer(101, { kind: 'ran', isRight: true, value: 'watched' }),
      seen(102, { kind: 'answered' }),
      seen(102, { kind: 'broken', stream: 'down', error: full }),
      seen(102, { kind: 'failed', error: full }),
      atServer(103, { kind: 'signaled', error: errorOf('ERR_CANCELED', given) }),
    ];
    const plan = planOf(DOWN);
    const [client] = plan.clients as [ClientPlan];
    const clients = [{ ...client, operations: [DOWN, { ...DOWN, id: 2 }] }];
    const limited: Plan = { ...plan, clients, limits: { maxChildren: 1 } };
    const own = (texts: readonly string[]): string[] =>
      texts.filter((text) => text.startsWith('signaled'));
    expect(own(textsOf(limited, historyOf(sights)))).to.deep.equal([]);
    expect(own(textsOf({ ...limited, limits: {} }, historyOf(sights)))).to.have.length(1);
    const early = sights.filter(({ kind }) => kind !== 'broken' && kind !== 'failed');
    expect(own(textsOf(limited, historyOf(early)))).to.have.length(1);
  });

  it('counts the wait for a place by the clock of the server, which may jump', () => {
    const refused = { ...errorOf('ERR_REFUSED'), message: 'as many as maxInFlight allows' };
    const tight = (byMs: number): Plan => {
      const plan = planOf(ECHO, [{ kind: 'jump', atMs: 200, node: 'server', byMs }]);
      return { ...plan, server: { ...plan.server, maxInFlight: 1 } };
    };
    const sights = failing({ ...refused, code: undefined, name: 'StatusError' }, 100, 6_000);
    expect(textsOf(tight(5_000), historyOf(sights))).to.deep.equal([]);
    expect(textsOf(tight(3_000), historyOf(sights))).to.have.length(1);
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
    const connections = [{ client: 'client1', number: 1, kind: 'connected', atMs: 50 } as const];
    const texts = (timeoutMs: number | undefined, jumpAtMs: number): string[] => {
      const once: Operation = { ...ECHO, kind: 'echo', promise: 'once', timeoutMs };
      const jump = { kind: 'jump', atMs: jumpAtMs, node: 'server', byMs: 5_000 } as const;
      const plan = planOf(once, [jump]);
      const [client] = plan.clients as [ClientPlan];
      const clients = [{ ...client, reconnect: { minDelayMs: 1, maxDelayMs: 1 } }];
      return textsOf({ ...plan, clients }, historyOf(sights, { connections }));
    };
    expect(texts(5_010, 105)).to.deep.equal([]);
    for (const [first] of [texts(5_011, 105), texts(5_010, 115), texts(undefined, 105)]) {
      expect(first).to.match(/^it failed though its session lived on/);
    }
  });

  it('takes a call for sent while a connection is there, also if the one before is lost late', () => {
    const error = errorOf('ERR_CLOSED', { mayHaveRun: true, cause: LOSS });
    const sights = [seen(100, { kind: 'began' }), seen(120, { kind: 'failed', error })];
    const plan = planOf(ECHO, [{ kind: 'cut', atMs: 60, client: 'client1' }]);
    const [client] = plan.clients as [ClientPlan];
    const clients = [{ ...client, reconnect: { minDelayMs: 1, maxDelayMs: 1 } }];
    const ofClient = { client: 'client1', number: 1 };
    const texts = (lostId: string): string[] => {
      const connections = [
        { ...ofClient, kind: 'connected', atMs: 50, id: '1' },
        { ...ofClient, kind: 'connected', atMs: 80, id: '2' },
        { ...ofClient, kind: 'lost', atMs: 90, id: '1' },
        { ...ofClient, kind: 'lost', atMs: 91, id: lostId },
      ] as const;
      return textsOf({ ...plan, clients }, historyOf(sights, { connections }));
    };
    const neverSent = /^it was never sent/;
    expect(texts('1').some((text) => neverSent.test(text))).to.equal(false);
    expect(texts('2').some((text) => neverSent.test(text))).to.equal(true);
  });

  it('lets no resumable stream of a verb fail in a cut, also while its caller has no sink', () => {
    const struck = [{ client: 'client1', atMs: 105, toMs: 105 }];
    const connections = [{ client: 'client1', number: 1, kind: 'connected', atMs: 50 } as const];
    const texts = (resumable: object | undefined, ...before: readonly Sight[]): string[] => {
      const down: Operation = { id: 1, atMs: 100, kind: 'verbDown', flow: { ...FLOW, resumable } };
      const plan = planOf(down);
      const [client] = plan.clients as [ClientPlan];
      const clients = [{ ...client, reconnect: { minDelayMs: 1, maxDelayMs: 1 } }];
      const sights = [
        seen(100, { kind: 'began' }),
        ...before,
        seen(110, { kind: 'failed', error: LOSS }),
      ];
      return textsOf({ ...plan, clients }, historyOf(sights, { struck, connections }));
    };
    expect(texts(undefined)).to.deep.equal([]);
    expect(texts({})[0]).to.match(/^it failed though its session lived on/);
    const broken = seen(109, { kind: 'broken', stream: 'down', error: LOSS });
    expect(texts({}, broken).at(-1)).to.match(/^down: broken though its session lived on/);
  });

  it('lets the rest of a verb’s stream be lost with its client, and not before that leaves', () => {
    const up: Operation = { id: 1, atMs: 100, kind: 'verbUp', flow: { ...FLOW, resumable: {} } };
    const ofClient = { client: 'client1', number: 1 };
    const connections = [
      { ...ofClient, kind: 'connected', atMs: 50 },
      { ...ofClient, kind: 'left', atMs: 110 },
    ] as const;
    const texts = (atMs: number): string[] => {
      const plan = planOf(up);
      const [client] = plan.clients as [ClientPlan];
      const clients = [{ ...client, reconnect: { minDelayMs: 1, maxDelayMs: 1 } }];
      const sights = [
        seen(100, { kind: 'began' }),
        atServer(102, { kind: 'ran' }),
        seen(103, { kind: 'answered' }),
        seen(104, { kind: 'settled', value: true }),
        atServer(atMs, { kind: 'broken', stream: 'up', error: LOSS }),
      ];
      return textsOf({ ...plan, clients }, historyOf(sights, { connections }));
    };
    expect(texts(110)).to.deep.equal([]);
    expect(texts(109)[0]).to.match(/^up: broken though its session lived on/);
  });

  it('counts the call of a result that is kept until its client leaves', () => {
    const kept: Operation = { id: 2, atMs: 0, kind: 'down', flow: { ...FLOW, isIgnored: true } };
    const message = '1 calls are in progress, as many as governance.maxConcurrentCalls allows';
    const full = { ...errorOf('ERR_REFUSED'), message };
    const plan = planOf(ECHO);
    const [client] = plan.clients as [ClientPlan];
    const governed = (other: Operation): Plan => ({
      ...plan,
      server: { ...plan.server, maxConcurrentCalls: 1 },
      clients: [{ ...client, operations: [other, ECHO] }],
    });
    const sights = [
      seen(0, { kind: 'began', operation: 2 }),
      atServer(1, { kind: 'ran', isRight: true, operation: 2 }),
      seen(2, { kind: 'settled', value: 0, operation: 2 }),
      ...failing(full, 400_000),
    ];
    expect(textsOf(governed(kept), historyOf(sights))).to.deep.equal([]);
    expect(textsOf(governed({ ...kept, flow: FLOW }), historyOf(sights))).to.have.length(1);
  });

  it('asks for the cause of a loss', () => {
    const bare = { ...LOSS, cause: undefined };
    const struck = [{ client: 'client1', atMs: 105, toMs: 105 }];
    const texts = textsOf(planOf(ECHO), historyOf(failing(bare), { struck }));
    expect(texts).to.have.length(1);
    expect(texts[0]).to.match(/^failed: an end without its cause/);
  });

  it('takes nothing after the end of a stream', () => {
    const sights = [
      seen(100, { kind: 'began' }),
      atServer(101, { kind: 'ran', isRight: true }),
      atServer(102, { kind: 'pulled', stream: 'down', index: 0 }),
      atServer(103, { kind: 'finally', stream: 'down' }),
      seen(104, { kind: 'got', stream: 'down', index: 0, isRight: true }),
      seen(105, { kind: 'over', stream: 'down' }),
      seen(105, { kind: 'settled', value: 1 }),
    ];
    expect(textsOf(planOf(DOWN), historyOf(sights))).to.deep.equal([]);
    const [began, ran, pulled, last, got, over, settled] = sights as [Sight, ...Sight[]];
    const late = [began, ran, pulled, last, over, got, settled] as Sight[];
    expect(textsOf(planOf(DOWN), historyOf(late))).to.deep.equal([
      'down: an item came after its end',
    ]);
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
      const [client] = planOf(up).clients as [ClientPlan];
      const clients = [{ ...client, reconnect: { minDelayMs: 1, maxDelayMs: 1 } }];
      const own = textsOf({ ...planOf(up, [jump]), clients }, historyOf(sights));
      return own.filter((each) => each.startsWith('up:'));
    };
    expect(texts(late, 115)).to.deep.equal([]);
    expect(texts(late, 105)).to.have.length(1);
    expect(texts({ ...late, scope: 'stream' }, 115)).to.have.length(1);
  });

  it('wants a producer to end with its client', () => {
    const up: Operation = { id: 1, atMs: 100, kind: 'up', flow: FLOW };
    const clients = [{ name: 'client1', leftMs: 200, farewellMs: 200, goneMs: 200 }];
    const sightsOf = (endMs: number): Sight[] => [
      seen(100, { kind: 'began' }),
      atServer(101, { kind: 'ran', isRight: true }),
      seen(101, { kind: 'pulled', stream: 'up', index: 0 }),
      seen(102, { kind: 'settled', value: 0 }),
      seen(endMs, { kind: 'finally', stream: 'up' }),
    ];
    expect(textsOf(planOf(up), historyOf(sightsOf(200), { clients }))).to.deep.equal([]);
    const late = ['up: its producer ended 100 ms after its client had gone'];
    expect(textsOf(planOf(up), historyOf(sightsOf(300), { clients }))).to.deep.equal(late);
    const leaves = [{ client: 'client1', atMs: 150, goneMs: 200 }];
    expect(textsOf(planOf(up), historyOf(sightsOf(300), { leaves }))).to.deep.equal(late);
  });
});
