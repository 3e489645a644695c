import { expect } from 'chai';

import type { ClientPlan, Operation, Plan } from '../../../scripts/sim/plan/plan.ts';
import type { Sight } from '../../../scripts/sim/run/history.ts';
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

describe('the model of simulated worlds', () => {
  it('accuses the library of bytes that have changed while their reader had them', () => {
    const sights = [
      seen(100, { kind: 'began' }),
      atServer(101, { kind: 'ran', isRight: true }),
      atServer(101, { kind: 'pulled', stream: 'down', index: 0 }),
      atServer(101, { kind: 'finally', stream: 'down' }),
      seen(102, { kind: 'answered' }),
      seen(103, { kind: 'got', stream: 'down', index: 0, isRight: true }),
      seen(104, { kind: 'over', stream: 'down' }),
      seen(104, { kind: 'settled', value: 1 }),
    ];
    const textsWith = (...more: readonly Sight[]): string[] =>
      textsOf(planOf(DOWN), historyOf([...sights, ...more]));
    expect(textsWith()).to.deep.equal([]);
    const item = seen(103, { kind: 'spoiled', stream: 'down', index: 0 });
    expect(textsWith(item)).to.deep.equal(['down: item 0, which its reader had, changed']);
    const buffer = seen(9_000, { kind: 'spoiled', stream: 'down' });
    expect(textsWith(buffer)).to.deep.equal(['down: bytes of its reader changed']);
  });

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
