import { expect } from 'chai';

import {
  CanceledError,
  ClosedError,
  StreamClosedError,
  TimeoutError,
} from '../../lib/errors/errors.ts';
import { raw } from '../../lib/serializer/raw.ts';
import { RECEIVED_FRAMES } from '../../lib/wire/frame-positions.ts';
import { KEPT_REPLY_MS } from '../../lib/call/client/reply-reader.ts';
import { verb } from '../../lib/verb/verb.ts';
import { MAX_PENDING_CALLS } from '../../lib/wire/session-message.ts';
import { VALUE } from '../support/core-bench.ts';
import { Counter } from '../support/passing.ts';
import type { PlayedPeer } from '../support/played-network.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { KEEP_MS, pending, ResumeBench, said, SOON_MS } from '../support/resume-bench.ts';
import { offered, tupleOf } from '../support/value-stream-bytes.ts';
import { lostException, userException } from '../support/wire-bytes.ts';

const ONCE = verb(9, { args: raw, result: raw, once: true });

/** Replies to calls with their own ids as texts. */
function replyTo(peer: PlayedPeer, ...messageIds: number[]): void {
  for (const id of messageIds) peer.reply(BigInt(id), Buffer.from(`${id}`));
}

/** Calls that were sent, in order. */
async function callAll(bench: ResumeBench, ...texts: string[]): Promise<Promise<unknown>[]> {
  const calls = texts.map((text) => bench.call(text));
  for (const call of calls) call.catch(() => {});
  await bench.client.network.settle();
  return calls;
}

/** The streams that it has offered, and that are not over. */
function producedBy({ client }: ResumeBench): number | undefined {
  return client.core.snapshot().sessions[0]?.promisedStreams;
}

async function valuesOf(calls: readonly Promise<unknown>[]): Promise<string[]> {
  return (await Promise.all(calls)).map(String);
}

describe('a client that goes on with its session', () => {
  it('Old before new: lists calls, repeats messages, then calls that were not received, then new ones', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const giveUp = new AbortController();
    const calls = await callAll(bench, 'a', 'b', 'c', 'd');
    const given = rejectionOf(bench.call('e', { signal: giveUp.signal }), CanceledError);
    await bench.client.network.settle();
    giveUp.abort('enough');
    await given;
    replyTo(peer, 2);
    await bench.client.network.settle();
    expect(said(peer).map(([id]) => id)).to.deep.equal([1, 2, 3, 4, 5, 6]);
    await bench.lose(peer);
    calls.push(bench.call('f'));
    const next = await bench.resume(6n, 3);
    expect(said(next)).to.deep.equal([
      [7, pending(1, 3)],
      [8, 'd'],
      [9, 'f'],
    ]);
    replyTo(next, 9, 3, 8, 1);
    expect(await valuesOf(calls)).to.deep.equal(['1', '2', '3', '8', '9']);
    await bench.close();
  });

  it('repeats what it has told and the server has not received, behind the list and in order', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const giveUp = new AbortController();
    const calls = ['a', 'b'].map((text) =>
      rejectionOf(bench.call(text, { signal: giveUp.signal }), CanceledError),
    );
    await bench.client.network.settle();
    giveUp.abort('enough');
    await Promise.all(calls);
    await bench.client.network.settle();
    expect(said(peer).map(([, what]) => kindOf(what))).to.deep.equal([
      'a',
      'b',
      'call-cancel 1',
      'call-cancel 2',
    ]);
    await bench.lose(peer);
    const next = await bench.resume(6n, 3);
    const again = said(next);
    expect(again.map(([id, what]) => [id, kindOf(what)])).to.deep.equal([
      [5, 'calls-pending'],
      [6, 'call-cancel 2'],
    ]);
    next.tell({ kind: 'received', position: 6 });
    await bench.client.network.settle();
    await bench.lose(next);
    expect(said(await bench.resume(7n, 6)), 'it was received').to.deep.equal([[7, pending()]]);
    await bench.close();
  });

  it('lists its calls in messages of 4,096, and a last one with fewer', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const texts = Array.from({ length: MAX_PENDING_CALLS }, (_, index) => `${index}`);
    const calls = await callAll(bench, ...texts);
    await bench.lose(peer);
    const full = await bench.resume(6n, MAX_PENDING_CALLS);
    const first = texts.map((_, index) => index + 1);
    expect(said(full).map(([, what]) => what)).to.deep.equal([pending(...first), pending()]);
    calls.push(...(await callAll(bench, 'one more')));
    await bench.lose(full);
    const more = await bench.resume(7n, MAX_PENDING_CALLS + 3);
    const lists = said(more).map(([, what]) => what);
    expect(lists).to.deep.equal([pending(...first), pending(MAX_PENDING_CALLS + 3)]);
    replyTo(more, ...first, MAX_PENDING_CALLS + 3);
    await Promise.all(calls);
    await bench.close();
  });

  it('tells the server that it has received 1,024 frames', async () => {
    const { bench, peer } = await ResumeBench.connected();
    for (let count = 1; count < RECEIVED_FRAMES; count++) peer.tell({ kind: 'pong', number: 9 });
    await bench.client.network.settle();
    expect(said(peer)).to.deep.equal([]);
    peer.tell({ kind: 'pong', number: 9 });
    await bench.client.network.settle();
    expect(said(peer)).to.deep.equal([[1, { kind: 'received', position: RECEIVED_FRAMES }]]);
    await bench.close();
  });

  it('tells the server within 50 ms that it has the reply of a call that runs once', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const { client } = bench;
    const callOnce = (): void => {
      const args = [Buffer.from('once')];
      client.core.calls.call(ONCE, args, {}).catch(() => {});
    };
    const [plain] = await callAll(bench, 'plain');
    replyTo(peer, 1);
    await client.pass(1_000);
    expect(String(await plain)).to.equal('1');
    expect(said(peer).map(([, what]) => what)).to.deep.equal(['plain']);
    for (const _ of [1, 2]) callOnce();
    await client.network.settle();
    replyTo(peer, 2);
    await client.network.settle();
    await client.pass(KEPT_REPLY_MS - 1);
    replyTo(peer, 3);
    await client.network.settle();
    expect(said(peer).map(([, what]) => what)).to.deep.equal(['once', 'once']);
    await client.pass(1);
    expect(said(peer)).to.deep.equal([[4, { kind: 'received', position: 3 }]]);
    await client.pass(1_000);
    callOnce();
    await client.network.settle();
    peer.reply(-5n, userException('as asked'));
    await client.network.settle();
    await client.pass(KEPT_REPLY_MS);
    const last = said(peer).map(([, what]) => what);
    expect(last).to.deep.equal(['once', { kind: 'received', position: 4 }]);
    await bench.lose(peer);
    await bench.close();
  });

  it('leaves nothing behind when it is closed or aborted while away: no timer, no call', async () => {
    for (const isAborted of [true, false]) {
      const { bench, peer } = await ResumeBench.connected();
      const { clock } = bench.client.network.environment;
      const call = rejectionOf(bench.call('a'), ClosedError);
      const idempotent = follow(bench.call('b', { idempotent: true }));
      await bench.client.network.settle();
      await bench.lose(peer);
      expect(clock.pendingTimers, 'the delay, and the end of the session').to.equal(2);
      const { core } = bench.client;
      await (isAborted ? core.abort('enough') : core.close(1_000));
      expect(clock.pendingTimers).to.equal(0);
      expect(await call).to.include({ mayHaveRun: true, retryable: false });
      expect(idempotent.outcome).to.have.property('error').with.property('mayHaveRun', true);
      await bench.client.pass(2 * KEEP_MS);
      expect(bench.client.network.peers).to.have.length(1);
      await bench.close();
    }
  });

  it('Old timer: new connection lives, and that of the time away is gone', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const [call] = await callAll(bench, 'a');
    await bench.lose(peer);
    const next = await bench.resume(6n, 1);
    const followed = follow(call!);
    await bench.client.pass(2 * KEEP_MS);
    expect(followed.outcome).to.equal(undefined);
    expect(bench.client.core).to.include({ state: 'connected', connectionId: 6n });
    // Its session lives as well: it goes on with the next connection.
    await bench.lose(next);
    const last = await bench.resume(7n, 2);
    expect(said(last).map(([, what]) => what)).to.deep.equal([pending(1)]);
    replyTo(last, 1);
    expect(String(await call)).to.equal('1');
    await bench.close();
  });

  it('Orderly close: nothing kept, as the server is told; no other end tells it', async () => {
    for (const how of ['close', 'abort'] as const) {
      const { bench, peer } = await ResumeBench.connected();
      await bench.lose(peer);
      const next = await bench.resume(6n, 0);
      said(next);
      const { core } = bench.client;
      const closed = how === 'close' ? core.close(1_000) : core.abort('enough');
      await bench.client.network.settle();
      next.recorder.end();
      await bench.client.network.settle();
      await closed;
      const told = said(next).map(([, what]) => what);
      expect(told).to.deep.equal(how === 'close' ? [{ kind: 'session-end' }] : []);
      await bench.close();
    }
  });
});

describe('the calls of a client that goes on with its session', () => {
  it('Not received: runs once, under a new id, and whatever is said to the old one', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const [call] = await callAll(bench, 'a');
    await bench.lose(peer);
    const next = await bench.resume(6n, 0);
    expect(said(next)).to.deep.equal([
      [2, pending()],
      [3, 'a'],
    ]);
    const followed = follow(call!);
    next.reply(1n, Buffer.from('of another'));
    await bench.client.network.settle();
    expect(followed.outcome, 'Replies: never another call’s').to.equal(undefined);
    replyTo(next, 3);
    expect(String(await call)).to.equal('3');
    await bench.close();
  });

  it('that were received wait on, over as many connections as it takes', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const [call] = await callAll(bench, 'a');
    await bench.lose(peer);
    for (const connectionId of [6n, 7n]) {
      const next = await bench.resume(connectionId, Number(connectionId) - 5);
      expect(said(next).map(([, what]) => what)).to.deep.equal([pending(1)]);
      if (connectionId === 7n) replyTo(next, 1);
      else await bench.lose(next);
    }
    expect(String(await call)).to.equal('1');
    await bench.close();
  });

  it('Done, lost: settles: with ERR_CLOSED and mayHaveRun, or again where it is idempotent', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const plain = rejectionOf(bench.call('plain'), ClosedError);
    const idempotent = bench.call('idempotent', { idempotent: true });
    await bench.client.network.settle();
    await bench.lose(peer);
    const next = await bench.resume(6n, 2);
    expect(said(next)).to.deep.equal([[3, pending(1, 2)]]);
    next.reply(-1n, lostException('the reply was sent, and not received'));
    next.reply(-2n, lostException('the reply was sent, and not received'));
    const error = await plain;
    expect(error).to.include({ mayHaveRun: true, retryable: true, method: 'verb 7' });
    expect(error.message).to.contain('the reply was sent, and not received');
    await bench.client.network.settle();
    expect(said(next)).to.deep.equal([[4, 'idempotent']]);
    replyTo(next, 4);
    expect(String(await idempotent)).to.equal('4');
    await bench.close();
  });

  it('Canceled away: handler stops on resume', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const giveUp = new AbortController();
    const { signal } = giveUp;
    const received = rejectionOf(bench.call('received', { signal }), CanceledError);
    const lost = rejectionOf(bench.call('not received', { signal }), CanceledError);
    const other = bench.call('other');
    await bench.client.network.settle();
    await bench.lose(peer);
    giveUp.abort('enough');
    await Promise.all([received, lost]);
    const next = await bench.resume(6n, 1);
    expect(said(next).map(([, what]) => kindOf(what))).to.deep.equal([
      'calls-pending',
      'call-cancel 1',
      'other',
    ]);
    replyTo(next, 8);
    expect(String(await other)).to.equal('8');
    await bench.close();
  });

  it('Expired away: not sent', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const limited = rejectionOf(bench.call('a', { timeoutMs: SOON_MS / 2 }), TimeoutError);
    await bench.client.network.settle();
    await bench.lose(peer);
    const queued = rejectionOf(bench.call('b', { timeoutMs: SOON_MS / 2 }), TimeoutError);
    await bench.client.network.refuse();
    await bench.client.pass(SOON_MS / 2);
    await Promise.all([limited, queued]);
    expect(bench.client.metrics.stats.timeout).to.equal(2);
    await bench.client.network.listen();
    const { peer: next, offer } = await bench.attempt(10_000);
    next.answer(bench.resumed(offer, 6n, { received: 0 }));
    await bench.client.network.settle();
    expect(said(next).map(([, what]) => what)).to.deep.equal([pending()]);
    await bench.close();
  });

  it('Stream argument: same number', async () => {
    const { bench, peer } = await ResumeBench.connected();
    bench.client.sendStream().catch(() => {});
    bench.client.sendStream().catch(() => {});
    await bench.client.network.settle();
    const [first, second] = peer.takeRequests().map(({ payload }) => payload);
    await bench.lose(peer);
    const next = await bench.resume(6n, 1);
    const again = next.takeRequests().map(({ payload }) => payload);
    expect(again).to.have.length(2);
    expect(again[1]).to.deep.equal(second);
    expect(first).not.to.deep.equal(second);
    await bench.close();
  });

  it('with a verb’s sink among their arguments fail if they were not received', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const { core, network } = bench.client;
    const opening = core.makeSink(raw, {});
    await network.settle();
    network.peer.answer(network.ourChild(9n));
    await network.settle();
    const sink = await opening;
    const call = rejectionOf(core.calls.call(VALUE, [sink], {}), ClosedError);
    await network.settle();
    await bench.lose(peer);
    await bench.resume(6n, 0);
    const error = await call;
    expect(error).to.include({ mayHaveRun: false, retryable: true });
    expect(error.message).to.contain('was not received');
    await bench.close();
  });
});

describe('a client whose server has not kept its session', () => {
  it('Server restarted: both agree in one dial; what was under way fails, or is repeated', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const plain = rejectionOf(bench.call('plain'), ClosedError);
    const idempotent = bench.call('idempotent', { idempotent: true });
    const giving = bench.client.core.calls.call(VALUE, ['give'], {});
    await bench.client.network.settle();
    peer.reply(3n, tupleOf(offered(8)));
    const remote = (await giving) as AsyncIterable<unknown>;
    await bench.lose(peer);
    const queued = bench.call('queued');
    const next = await bench.renew(6n);
    expect(await plain).to.include({ mayHaveRun: true, retryable: true });
    expect(said(next)).to.deep.equal([
      [1, 'idempotent'],
      [2, 'queued'],
    ]);
    replyTo(next, 1, 2);
    expect(await valuesOf([idempotent, queued])).to.deep.equal(['1', '2']);
    await rejectionOf(remote[Symbol.asyncIterator]().next(), StreamClosedError);
    await bench.close();
  });

  it('keep + 5 s over: fails what hangs, and repeats what is idempotent in the next session', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const plain = follow(bench.call('plain'));
    const idempotent = bench.call('idempotent', { idempotent: true });
    await bench.client.network.settle();
    await bench.lose(peer);
    await bench.client.network.refuse();
    const queued = bench.call('queued');
    await bench.client.pass(KEEP_MS + 4_999);
    expect(plain.outcome).to.equal(undefined);
    await bench.client.pass(1);
    const { error } = plain.outcome as { error: Error };
    expect(error).to.include({ code: 'ERR_CLOSED', mayHaveRun: true, retryable: true });
    await bench.client.network.listen();
    const { peer: next, offer } = await bench.attempt(10_000);
    expect(offer.resume).to.equal(undefined);
    next.answer(bench.begun(6n));
    await bench.client.network.settle();
    expect(said(next)).to.deep.equal([
      [1, 'idempotent'],
      [2, 'queued'],
    ]);
    replyTo(next, 1, 2);
    expect(await valuesOf([idempotent, queued])).to.deep.equal(['1', '2']);
    await bench.close();
  });

  it('ends its streams with it, also those that it has offered', async () => {
    const { bench, peer } = await ResumeBench.connected();
    const { core, network } = bench.client;
    const counter = new Counter();
    const call = rejectionOf(core.calls.call(VALUE, [counter.items()], {}));
    await network.settle();
    await bench.lose(peer);
    expect(producedBy(bench), 'the number is kept').to.equal(1);
    await bench.renew(6n);
    await call;
    expect(producedBy(bench)).to.equal(0);
    await bench.close();
  });
});

/** A call as its text, a message as its kind and the call that it is about. */
function kindOf(what: ReturnType<typeof said>[number][1]): string {
  if (what === undefined || typeof what === 'string') return what ?? 'unknown';
  return what.kind === 'call-cancel' ? `${what.kind} ${what.messageId}` : what.kind;
}
