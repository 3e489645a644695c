import { expect } from 'chai';

import { systemRandom } from '../../lib/base/random.ts';
import { IDLE_KEEP_MS } from '../../lib/call/door/session-registry.ts';
import { makeSessionKey, Prover } from '../../lib/connection/handshake/proof.ts';
import { StatusError } from '../../lib/index.ts';
import type { RawMain } from '../support/raw-session.ts';
import { DONE, ECHO, SessionCallBench, WAIT } from '../support/session-call-bench.ts';
import { turns, until } from '../support/turns.ts';
import { requestBytes } from '../support/wire-bytes.ts';

const A_MINUTE_MS = 60_000;
const AN_HOUR_MS = 3_600_000;

const KEEP_MS = 180_000;

describe('the session of a client of version 3, at its server', () => {
  it('L17 is told how long it is kept, and is resumed with a proof and no new secret', async () => {
    await using bench = await SessionCallBench.start();
    const first = await bench.busy();
    expect(first.answer.keepMs).to.equal(KEEP_MS);
    await bench.net.cut(first);
    const second = await bench.net.resume(first);
    expect(second.isResumed).to.equal(true);
    expect(second.answer.session).to.equal(undefined);
    expect(second.answer.resumed?.received).to.equal(first.session.lastId);
    expect(second.id).to.not.equal(first.id);
  });

  it('L17 proves itself to the client over the new connection’s id', async () => {
    await using bench = await SessionCallBench.start();
    const first = await bench.busy();
    const proof = first.session.prover.prove('resume');
    const second = await bench.net.resume(first, { proof });
    const { mac } = second.answer.resumed!;
    expect(first.session.prover.isAnsweredBy(mac, second.id, proof)).to.equal(true);
    expect(first.session.prover.isAnsweredBy(mac, first.id, proof)).to.equal(false);
  });

  it('Nothing received yet, twice in a row: works, and calls go on', async () => {
    await using bench = await SessionCallBench.start();
    const first = await bench.net.connect();
    const second = await bench.net.resume(first);
    expect([second.isResumed, second.answer.resumed?.received]).to.deep.equal([true, 0]);
    const third = await bench.net.resume(second);
    expect([third.isResumed, third.answer.resumed?.received]).to.deep.equal([true, 0]);
    third.listCalls();
    const call = third.call(ECHO, DONE);
    expect(await third.takeReply())
      .to.include({ call })
      .and.deep.include({ payload: DONE });
  });

  it('Answer lost: next works', async () => {
    await using bench = await SessionCallBench.start();
    const first = await bench.busy();
    await bench.net.cut(first);
    const lost = await bench.net.resume(first);
    lost.peer.reset();
    expect(await bench.comesBack(first, {})).to.equal(true);
  });

  it('L17 Late dial, lower counter: loses', async () => {
    await using bench = await SessionCallBench.start();
    const first = await bench.busy();
    const late = first.session.prover.prove('resume');
    expect(await bench.comesBack(first, {})).to.equal(true);
    expect(await bench.comesBack(first, { proof: late })).to.equal(false);
    expect(await bench.comesBack(first, {})).to.equal(true);
  });

  it('L17 Late dial, lower counter: loses, also if its proof was judged first and it is authenticated last', async () => {
    const waiting: (() => void)[] = [];
    let isSlow = false;
    await using bench = await SessionCallBench.start({
      authenticate: () =>
        isSlow ? new Promise<void>((resolve) => void waiting.push(resolve)) : undefined,
    });
    const first = await bench.busy();
    isSlow = true;
    const older = bench.net.resume(first);
    await until(() => waiting.length === 1);
    const newer = bench.net.resume(first);
    await until(() => waiting.length === 2);
    waiting[1]?.();
    expect((await newer).isResumed).to.equal(true);
    waiting[0]?.();
    expect((await older).isResumed).to.equal(false);
  });

  it('L17 Half-open old main: fenced, unread', async () => {
    await using bench = await SessionCallBench.start({ resources: { maxInFlight: 1 } });
    const { server } = bench.net;
    const first = await bench.busy();
    const lane = await first.lane(server.address.port);
    const received = first.session.lastId;
    const receivedBytes = (): number => server.snapshot().connections[0]?.receivedBytes ?? 0;
    const before = receivedBytes();
    // There is no place for it yet: its bytes have come, and are not read.
    first.call(WAIT);
    await until(() => receivedBytes() > before);
    const second = await bench.net.resume(first);
    expect(second.answer.resumed?.received).to.equal(received);
    expect(await first.peer.takeAll()).to.have.length(0);
    expect(await lane.takeAll()).to.have.length(0);
    await lane.destroy();
    first.call(WAIT);
    second.listCalls(1);
    bench.answer();
    expect(await second.takeReply()).to.deep.include({ call: 1, payload: DONE });
    await second.settle();
    expect(bench.signals, 'calls that have run').to.have.length(1);
  });

  it('Old timer: new connection lives, and that of the time away is gone', async () => {
    await using bench = await SessionCallBench.start({ limits: { pingIntervalMs: 0 } });
    const first = await bench.busy();
    await bench.net.cut(first);
    bench.net.clock.advance(KEEP_MS - 1);
    const second = await bench.net.resume(first);
    second.listCalls(1);
    await second.settle();
    bench.net.clock.advance(2 * KEEP_MS);
    bench.answer();
    expect(await second.takeReply()).to.deep.include({ call: 1, payload: DONE });
  });

  it('is as before when nobody knows the id, or a record is forged, replayed or of another session', async () => {
    await using bench = await SessionCallBench.start();
    const first = await bench.busy();
    await bench.net.cut(first);
    const other = await bench.net.connect();
    const used = first.session.prover.prove('resume');
    const stranger = makeSessionKey(systemRandom());
    const forger = new Prover(
      { id: first.session.key.id, secret: stranger.secret },
      first.id,
      systemRandom(),
    );
    const { key, firstId } = first.session;
    const record = { sessionId: key.id, firstId, received: first.session.received };
    const attempts = [
      { proof: forger.prove('resume') },
      { proof: undefined },
      { proof: other.session.prover.prove('resume') },
      { proof: first.session.prover.prove('child') },
      { resume: { ...record, sessionId: stranger.id } },
      { resume: { ...record, firstId: 99n } },
      { received: first.session.received + 1 },
    ];
    for (const parts of attempts) {
      const main = await bench.net.resume(first, parts);
      expect(main.answer).to.include.keys('session', 'keepMs');
      expect(main.isResumed).to.equal(false);
    }
    expect(await bench.comesBack(first, { proof: used })).to.equal(true);
    expect(await bench.comesBack(first, { proof: used })).to.equal(false);
    expect(bench.signals[0]?.aborted).to.equal(false);
  });

  it('can’t go back behind what the client has said to have received', async () => {
    await using bench = await SessionCallBench.start();
    const first = await bench.busy();
    first.tell({ kind: 'received', position: first.session.received });
    await first.settle();
    expect(await bench.comesBack(first, { received: 0 })).to.equal(false);
    expect(await bench.comesBack(first, {})).to.equal(true);
  });

  it('tells its log why, and no id or secret', async () => {
    await using bench = await SessionCallBench.start();
    const first = await bench.busy();
    await bench.comesBack(first, { proof: undefined });
    const line = await bench.net.log.line(/not resumed/);
    expect(line).to.match(
      /^warn client 127\.0\.0\.1:\d+: a session was not resumed: there is no proof$/,
    );
  });

  it('Other principal: new session, and the old one is untouched', async () => {
    await using bench = await SessionCallBench.start({
      authenticate: ({ token }) => ({ name: token }),
    });
    const first = await bench.busy({ token: 'ann' });
    await bench.net.cut(first);
    const other = await bench.net.resume(first, { token: 'bob' });
    expect(other.isResumed).to.equal(false);
    expect(other.answer.keepMs).to.equal(KEEP_MS);
    expect(other.session.key.id).to.not.deep.equal(first.session.key.id);
    const back = await bench.net.resume(first, { token: 'ann' });
    expect(back.isResumed).to.equal(true);
    back.listCalls(1);
    bench.answer();
    expect(await back.takeReply()).to.deep.include({ call: 1, payload: DONE });
  });

  it('Expired token: refused, with a word, and the session is kept', async () => {
    let isExpired = false;
    await using bench = await SessionCallBench.start({
      authenticate: () => {
        if (isExpired) throw new Error('the token is expired');
      },
    });
    const first = await bench.busy();
    await bench.net.cut(first);
    isExpired = true;
    expect(await bench.net.refusal({ ...first.session.resume() })).to.deep.equal({
      why: 'principal',
      retryAfterMs: undefined,
    });
    isExpired = false;
    expect(await bench.comesBack(first, {})).to.equal(true);
  });

  for (const [where, isAway] of [
    ['with a connection', false],
    ['without one', true],
  ] as const) {
    it(`ends when its principal expires, ${where}, and is refused from then on`, async () => {
      let expiresAt: unknown = new Date(Date.now() + AN_HOUR_MS);
      await using bench = await SessionCallBench.start({
        authenticate: () => ({ name: 'ann', expiresAt }),
        sessionKeepMs: 2 * AN_HOUR_MS,
      });
      const first = await bench.busy();
      if (isAway) await bench.net.cut(first);
      bench.net.clock.advance(AN_HOUR_MS - A_MINUTE_MS);
      expect([bench.net.sessions.size, bench.signals[0]?.aborted]).to.deep.equal([1, false]);
      bench.net.clock.advance(A_MINUTE_MS);
      await turns(10);
      expect([bench.net.sessions.size, bench.signals[0]?.aborted]).to.deep.equal([0, true]);
      expect(String(bench.signals[0]?.reason)).to.contain('expiresAt');
      if (!isAway) await first.peer.takeAll();
      expiresAt = Date.now();
      const refusal = await bench.net.refusal({ ...first.session.resume() });
      expect(refusal).to.include({ why: 'principal' });
      await turns(10);
      expect(bench.net.clock.pendingTimers).to.equal(0);
    });
  }

  it('goes on with a principal that holds longer, and ends with that', async () => {
    let expiresAt: unknown = Date.now() + AN_HOUR_MS;
    await using bench = await SessionCallBench.start({
      authenticate: ({ token }) => ({ name: token ?? 'ann', expiresAt }),
    });
    const first = await bench.busy();
    await bench.net.cut(first);
    expiresAt = Date.now() + 2 * AN_HOUR_MS;
    expect(await bench.comesBack(first, { token: 'bob' })).to.equal(false);
    expect(await bench.comesBack(first, {})).to.equal(true);
    bench.net.clock.advance(AN_HOUR_MS + A_MINUTE_MS);
    expect(bench.signals[0]?.aborted).to.equal(false);
    bench.net.clock.advance(AN_HOUR_MS);
    expect(bench.signals[0]?.aborted).to.equal(true);
  });

  it('is not begun with a principal of which nobody can tell when it expires', async () => {
    let expiresAt: unknown = 'tomorrow';
    await using bench = await SessionCallBench.start({ authenticate: () => ({ expiresAt }) });
    for (expiresAt of ['tomorrow', NaN, new Date(NaN), {}]) {
      expect(await bench.net.refusal()).to.include({ why: 'principal' });
    }
    for (expiresAt of [undefined, null, Infinity]) {
      expect((await bench.net.connect()).isResumed).to.equal(false);
    }
  });

  it('tells a client when there is room for it, if the hook knows', async () => {
    await using bench = await SessionCallBench.start({
      authenticate: () => {
        throw new StatusError('unavailable', 'busy', { retryable: true, retryAfterMs: 1_500 });
      },
    });
    expect(await bench.net.refusal()).to.deep.equal({ why: 'full', retryAfterMs: 1_500 });
  });

  for (const [when, sinceMs, isKept] of [
    ['until it is over', KEEP_MS - 1, true],
    ['not when it is over', KEEP_MS + 1, false],
  ] as const) {
    it(`keep − 1, keep + 1: resumed, new: it is kept ${when}`, async () => {
      await using bench = await SessionCallBench.start();
      const first = await bench.busy();
      await bench.net.cut(first);
      bench.net.clock.advance(sinceMs);
      expect(bench.signals[0]?.aborted).to.equal(!isKept);
      expect(await bench.comesBack(first, {})).to.equal(isKept);
    });
  }

  it('leaves nothing behind when it is over: no timer, no place in a table', async () => {
    await using bench = await SessionCallBench.start();
    for (let count = 0; count < 3; count++) await bench.net.cut(await bench.busy());
    expect([bench.net.away, bench.net.sessions.size]).to.deep.equal([3, 3]);
    bench.net.clock.advance(KEEP_MS);
    expect([bench.net.away, bench.net.sessions.size]).to.deep.equal([0, 0]);
    expect(bench.net.clock.pendingTimers).to.equal(0);
  });

  it('is kept shortly where nothing is known that could be lost', async () => {
    await using bench = await SessionCallBench.start();
    const first = await bench.net.connect();
    await bench.net.cut(first);
    bench.net.clock.advance(IDLE_KEEP_MS - 1);
    expect(bench.net.away).to.equal(1);
    bench.net.clock.advance(IDLE_KEEP_MS);
    expect([bench.net.away, bench.net.clock.pendingTimers]).to.deep.equal([0, 0]);
  });

  it('Orderly close: nothing kept, and nothing either where the server keeps no sessions', async () => {
    await using bench = await SessionCallBench.start();
    const first = await bench.busy();
    first.tell({ kind: 'session-end' });
    await first.settle();
    await bench.net.cut(first);
    expect([bench.net.away, bench.signals[0]?.aborted]).to.deep.equal([0, true]);

    await using other = await SessionCallBench.start({ sessionKeepMs: 0 });
    await other.net.cut(await other.busy());
    expect([other.net.away, other.net.sessions.size]).to.deep.equal([0, 0]);
  });

  it('is kept where the client is silent, or does not send the rest of a request', async () => {
    await using bench = await SessionCallBench.start();
    const silent = await bench.busy();
    bench.net.clock.advance(10_000);
    await turns(3);
    bench.net.clock.advance(15_000);
    await until(() => bench.net.away === 1);
    expect(await bench.comesBack(silent, {})).to.equal(true);

    await using other = await SessionCallBench.start({
      resources: { arrivalTimeoutMs: 1_000 },
      limits: { pingIntervalMs: 0 },
    });
    const slow = await other.busy();
    slow.peer.write(requestBytes(WAIT, 99n, Buffer.alloc(100)).subarray(0, 50));
    await turns(3);
    other.net.clock.advance(1_000);
    await until(() => other.net.away === 1);
    expect(await other.comesBack(slow, {})).to.equal(true);
  });

  it('is over at once for a client that breaks the rules, or is thrown out', async () => {
    await using bench = await SessionCallBench.start();
    const wrong = await bench.busy();
    wrong.tell({ kind: 'received', position: 99 });
    await wrong.peer.takeAll();
    const unwanted = await bench.busy();
    bench.net.server.abortConnection(unwanted.id);
    await unwanted.peer.takeAll();
    expect([bench.net.away, bench.net.sessions.size]).to.deep.equal([0, 0]);
    expect(bench.signals.map(({ aborted }) => aborted)).to.deep.equal([true, true]);
  });

  it('Over budget: greedy one’s oldest ends, where a principal has more than its share', async () => {
    await using bench = await SessionCallBench.start({
      maxAwaySessionsPerClient: 2,
      authenticate: ({ token }) => token,
    });
    const modest = await bench.busy({ token: 'modest' });
    await bench.net.cut(modest);
    const greedy: RawMain[] = [];
    for (let count = 0; count < 3; count++) {
      const main = await bench.busy({ token: 'greedy' });
      await bench.net.cut(main);
      greedy.push(main);
    }
    expect(bench.net.away).to.equal(3);
    expect(bench.signals.map(({ aborted }) => aborted)).to.deep.equal([false, true, false, false]);
    expect(await bench.comesBack(greedy[0]!, { token: 'greedy' })).to.equal(false);
    expect(await bench.comesBack(modest, { token: 'modest' })).to.equal(true);
  });

  for (const [what, bounds, replyBytes] of [
    ['there are too many sessions', { maxAwaySessions: 3 }, 1],
    ['all keep too many bytes', { maxAwaySessionBytes: 1_700_000 }, 500_000],
  ] as const) {
    it(`Over budget: greedy one’s oldest ends, where ${what}`, async () => {
      await using bench = await SessionCallBench.start({
        ...bounds,
        authenticate: ({ token }) => token,
      });
      const mains: RawMain[] = [];
      for (const token of ['modest', 'greedy', 'greedy', 'other']) {
        const main = await bench.busy({ token });
        await bench.net.cut(main);
        bench.answer(Buffer.alloc(replyBytes));
        await turns(3);
        mains.push(main);
      }
      expect(bench.net.away).to.equal(3);
      const isKept: boolean[] = [];
      for (const [at, token] of ['modest', 'greedy', 'greedy', 'other'].entries()) {
        isKept.push(await bench.comesBack(mains[at]!, { token }));
      }
      expect(isKept).to.deep.equal([true, false, true, true]);
    });
  }

  it('L17 lets children in that prove it over the connection that it has now, and no other', async () => {
    await using bench = await SessionCallBench.start();
    const first = await bench.busy();
    const second = await bench.net.resume(first);
    const { prover } = first.session;
    const child = (parent: bigint, proven: bigint) =>
      bench.net.isChildTaken({ streamParent: parent, proof: prover.prove('child', proven) });
    expect(await child(second.id, second.id)).to.equal(true);
    expect(await child(second.id, first.id)).to.equal(false);
    expect(await child(first.id, first.id)).to.equal(false);
  });

  it('Draining: resumes, and a new client is told that the server leaves', async () => {
    await using bench = await SessionCallBench.start();
    const first = await bench.busy();
    await bench.net.cut(first);
    const closing = bench.net.server.close({ graceMs: 10_000 });
    expect(await bench.net.refusal()).to.deep.equal({ why: 'leaving', retryAfterMs: undefined });
    const second = await bench.net.resume(first);
    expect(second.isResumed).to.equal(true);
    second.listCalls(1);
    expect((await second.take()).message).to.deep.equal({ kind: 'going-away', graceMs: 10_000 });
    const late = second.call(ECHO);
    expect((await second.takeReply()).exception).to.include({ kind: 'refused' });
    expect(late).to.be.greaterThan(1);
    bench.answer();
    expect(await second.takeReply()).to.deep.include({ call: 1, payload: DONE });
    await second.peer.takeAll();
    await second.peer.destroy();
    await closing;
  });

  it('holds a server up that closes no longer than graceMs, with a word in the log', async () => {
    await using bench = await SessionCallBench.start();
    await bench.net.cut(await bench.busy());
    let isClosed = false;
    const closing = bench.net.server.close({ graceMs: 10_000 }).then(() => void (isClosed = true));
    await new Promise((resolve) => void setImmediate(resolve));
    bench.net.clock.advance(9_999);
    await new Promise((resolve) => void setImmediate(resolve));
    expect(isClosed).to.equal(false);
    bench.net.clock.advance(1);
    await closing;
    expect(bench.net.log.lines.at(-1)).to.match(/1 clients .* did not come back within 10000 ms/);
    expect(String(bench.signals[0]?.reason)).to.contain('graceMs');
    expect([bench.net.sessions.size, bench.net.clock.pendingTimers]).to.deep.equal([0, 0]);
  });

  it('holds nobody up where nothing is known that could be lost', async () => {
    await using bench = await SessionCallBench.start();
    await bench.net.cut(await bench.net.connect());
    await bench.net.server.close({ graceMs: 10_000 });
    expect([bench.net.away, bench.net.clock.pendingTimers]).to.deep.equal([0, 0]);
  });
});
