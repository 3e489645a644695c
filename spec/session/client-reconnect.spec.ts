import { expect } from 'chai';

import { CLOSING_TEXT } from '../../lib/call/common/going-away.ts';
import {
  ClosedError,
  ProtocolError,
  RefusedError,
  StreamClosedError,
  TimeoutError,
} from '../../lib/errors/errors.ts';
import { raw } from '../../lib/serializer/raw.ts';
import { CoreBench, texts, VALUE } from '../support/core-bench.ts';
import type { PlayedPeer } from '../support/played-network.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { SleepyClock } from '../support/sleepy-clock.ts';
import { offered, tupleOf } from '../support/value-stream-bytes.ts';
import { refusedException } from '../support/wire-bytes.ts';

/** Longer than the first delay, and than the second. */
const SOON_MS = 200;
const MINUTE_MS = 60_000;

/** The numbers of the pings that have come. */
function pings(peer: PlayedPeer): (number | undefined)[] {
  return peer
    .takeMessages()
    .map((message) => (message?.kind === 'ping' ? message.number : undefined));
}

describe('a client core that reconnects', () => {
  it('First attempt fails: `connect` rejects, `createClient` goes on', async () => {
    for (const isFirstFinal of [true, false]) {
      const bench = await CoreBench.reconnecting({ isFirstFinal });
      const connecting = bench.core.connect();
      const ready = follow(bench.core.whenReady());
      const call = follow(bench.call('a'));
      await bench.network.settle();
      await bench.lose(bench.network.peer);
      await connecting;
      await bench.network.settle();
      if (isFirstFinal) {
        expect(ready.outcome).to.have.property('error').that.is.instanceOf(ClosedError);
        expect(call.outcome).to.have.property('error').that.includes({ mayHaveRun: false });
        expect(bench.names).to.deep.equal(['connecting', 'closed']);
      } else {
        expect([ready.outcome, call.outcome, bench.core.state]).to.deep.equal([
          undefined,
          undefined,
          'connecting',
        ]);
        await bench.pass(SOON_MS);
        const peer = await bench.answer(5n);
        expect(ready.outcome).to.deep.equal({ value: undefined });
        expect(texts(peer)).to.deep.equal(['a']);
        expect(bench.names).to.deep.equal([
          'connecting',
          'reconnecting',
          'connecting',
          'connected',
        ]);
        expect(bench.events[2]?.[1]).to.deep.equal({ attempt: 2 });
        expect(bench.metrics.stats.reconnects, 'it was the first').to.equal(0);
      }
      await bench.close();
    }
  });

  it('goes from connected to reconnecting and back, says so, and counts it', async () => {
    const bench = await CoreBench.reconnecting();
    const { core } = bench;
    const first = await bench.connect(5n);
    await bench.lose(first);
    expect([core.state, core.connectionId]).to.deep.equal(['reconnecting', undefined]);
    expect(core.snapshot()).to.deep.include({ state: 'reconnecting', connections: [] });
    const ready = follow(core.whenReady());
    await bench.network.settle();
    expect(ready.outcome).to.equal(undefined);
    await bench.pass(SOON_MS);
    await bench.answer(6n);
    expect(ready.outcome).to.deep.equal({ value: undefined });
    expect([core.state, core.connectionId]).to.deep.equal(['connected', 6n]);
    expect(bench.metrics.stats.reconnects).to.equal(1);
    const { cause } = bench.events[2]![1] as { cause: Error };
    expect(cause.message).to.equal('the server closed the connection');
    expect(bench.names.slice(2)).to.deep.equal([
      'disconnected',
      'reconnecting',
      'connecting',
      'connected',
    ]);
    expect(bench.events[2]?.[1]).to.deep.equal({ connectionId: 5n, cause, willReconnect: true });
    expect(bench.events[3]?.[1]).to.include({ attempt: 1, cause });
    expect(bench.events[4]?.[1]).to.deep.equal({ attempt: 1 });
    expect(bench.events[5]?.[1]).to.include({ connectionId: 6n, resumed: false });
    await bench.close();
    expect(bench.names.slice(6)).to.deep.equal(['disconnected', 'closed']);
  });

  it('Cut each second: progress', async () => {
    const bench = await CoreBench.reconnecting();
    let peer = await bench.connect(1n);
    for (let round = 1n; round <= 10n; round++) {
      const call = bench.call(`${round}`);
      await bench.network.settle();
      expect(texts(peer)).to.deep.equal([`${round}`]);
      peer.reply(1n, Buffer.from('done'));
      expect(await call).to.deep.equal(Buffer.from('done'));
      await bench.pass(1_000);
      await bench.lose(peer);
      await bench.pass(10_000);
      peer = await bench.answer(round + 1n);
      expect(bench.core.state).to.equal('connected');
    }
    await bench.close();
  });

  it('Closed while waiting: no timer left', async () => {
    for (const isAborted of [true, false]) {
      const bench = await CoreBench.reconnecting();
      const { clock } = bench.network.environment;
      const peer = await bench.connect();
      await bench.lose(peer);
      expect(clock.pendingTimers, 'the delay').to.equal(1);
      const call = rejectionOf(bench.call('a'), ClosedError);
      const ready = rejectionOf(bench.core.whenReady(), ClosedError);
      await (isAborted ? bench.core.abort('enough') : bench.core.close(1_000));
      expect(clock.pendingTimers).to.equal(0);
      expect(await call).to.include({ mayHaveRun: false, retryable: false });
      await ready;
      await bench.pass(MINUTE_MS);
      expect(bench.network.peers).to.have.length(1);
      expect(bench.names.at(-1)).to.equal('closed');
      await bench.close();
    }
  });

  it('gives up an attempt under way when it is closed', async () => {
    const bench = await CoreBench.reconnecting();
    await bench.lose(await bench.connect());
    await bench.pass(SOON_MS);
    expect(bench.network.peers).to.have.length(2);
    await bench.core.close(1_000);
    await bench.network.settle();
    expect(bench.network.peer.isEnded).to.equal(true);
    await bench.close();
  });

  it('does not come back when it is closing and its connection is lost', async () => {
    const bench = await CoreBench.reconnecting();
    const peer = await bench.connect();
    const opening = bench.core.makeSink(raw, {});
    await bench.network.settle();
    const child = bench.network.peer;
    child.takeOffer();
    child.answer(bench.network.ourChild(7n));
    const sink = await opening;
    bench.core.calls.call(VALUE, [sink], {}).catch(() => {});
    void sink.close();
    const closing = bench.core.close(MINUTE_MS);
    await bench.lose(peer);
    await bench.network.settle();
    expect(bench.core.state).to.equal('closed');
    child.recorder.end();
    await bench.network.settle();
    await closing;
    expect(bench.names).not.to.include('reconnecting');
    await bench.close();
  });

  it('lets a listener close it at each step', async () => {
    for (const step of ['goingAway', 'disconnected', 'reconnecting', 'connecting'] as const) {
      const bench = await CoreBench.reconnecting();
      const peer = await bench.connect();
      bench.onTold = (name) => {
        if (name === step) void bench.core.abort('enough');
      };
      if (step === 'goingAway') peer.tell({ kind: 'going-away', graceMs: undefined });
      else await bench.lose(peer);
      await bench.network.settle();
      await bench.pass(MINUTE_MS);
      expect(bench.network.peers, step).to.have.length(1);
      expect(bench.names.at(-1), step).to.equal('closed');
      await bench.close();
    }
  });

  it('Old timer: new connection lives', async () => {
    const bench = await CoreBench.reconnecting({ limits: { pingIntervalMs: 10_000 } });
    const first = await bench.connect(5n);
    await bench.pass(10_000);
    expect(pings(first)).to.deep.equal([1]);
    await bench.lose(first);
    await bench.pass(SOON_MS);
    const second = await bench.answer(6n);
    for (let number = 1; number <= 5; number++) {
      await bench.pass(10_000);
      expect(pings(second)).to.deep.equal([number]);
      second.tell({ kind: 'pong', number });
      await bench.network.settle();
      await bench.pass(15_000 - 10_000);
      expect(bench.core.connectionId).to.equal(6n);
    }
    await bench.close();
  });

  it('Slept 1 h: asks, resumes', async () => {
    const clock = new SleepyClock();
    const bench = await CoreBench.reconnecting({ clock, limits: { pingIntervalMs: 10_000 } });
    const first = await bench.connect(5n);
    await bench.pass(5_000);
    clock.sleep(60 * MINUTE_MS);
    await bench.pass(5_000);
    expect(pings(first), 'asks').to.deep.equal([1]);
    clock.sleep(60 * MINUTE_MS);
    await bench.pass(15_000);
    expect(bench.core.state, 'waits for the answer').to.equal('connected');
    first.tell({ kind: 'pong', number: 1 });
    await bench.network.settle();
    await bench.pass(15_000);
    expect(pings(first), 'and goes on').to.deep.equal([2]);
    clock.sleep(60 * MINUTE_MS);
    await bench.pass(15_000);
    await bench.pass(15_000);
    expect(bench.core.state, 'no answer').to.equal('reconnecting');
    await bench.pass(SOON_MS);
    await bench.answer(6n);
    expect(bench.core.connectionId).to.equal(6n);
    await bench.close();
  });

  it('ends with a protocol error, and with the last error when attempts or time are used up', async () => {
    const broken = await CoreBench.reconnecting();
    const peer = await broken.connect();
    for (let number = 0; number < 200; number++) peer.tell({ kind: 'ping', number });
    await broken.network.settle();
    expect(broken.events.at(-1)![1]).to.have.property('cause').that.is.instanceOf(ProtocolError);
    expect(broken.names.slice(2)).to.deep.equal(['disconnected', 'closed']);
    await broken.close();

    for (const [reconnect, attempts] of [
      [{ maxAttempts: 3 }, 3],
      [{ minDelayMs: 10, maxDelayMs: 10, giveUpAfterMs: 10 }, 2],
    ] as const) {
      const bench = await CoreBench.reconnecting({ reconnect });
      await bench.lose(await bench.connect());
      await bench.network.refuse();
      for (let round = 0; round < 9; round++) await bench.pass(1_000);
      expect(bench.core.state).to.equal('closed');
      const told = bench.names.filter((name) => name === 'connecting');
      expect(told.length - 1).to.be.within(1, attempts);
      const { cause } = bench.events.at(-1)![1] as { cause: Error };
      expect(cause.message).to.contain('could not connect');
      await rejectionOf(bench.core.whenReady(), ClosedError);
      await bench.close();
    }
  });
});

describe('the calls of a client that reconnects', () => {
  it('wait for the next connection if they were not sent, in order, and within their limits', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    await bench.lose(first);
    const one = bench.call('one');
    const late = rejectionOf(bench.call('late', { timeoutMs: 1 }), TimeoutError);
    const two = bench.call('two');
    await bench.pass(SOON_MS);
    await late;
    const second = await bench.answer(6n);
    expect(texts(second)).to.deep.equal(['one', 'two']);
    second.reply(1n, Buffer.from('1'));
    second.reply(2n, Buffer.from('2'));
    expect((await Promise.all([one, two])).map(String)).to.deep.equal(['1', '2']);
    await bench.close();
  });

  it('are refused beyond maxQueuedCalls while they wait', async () => {
    const bench = await CoreBench.reconnecting();
    await bench.lose(await bench.connect());
    const waiting = Array.from({ length: 100 }, () => rejectionOf(bench.call('a'), ClosedError));
    await rejectionOf(bench.call('one too many'), RefusedError);
    await bench.close();
    await Promise.all(waiting);
  });

  it('fail with mayHaveRun if they were sent, and say that they may be repeated', async () => {
    const bench = await CoreBench.reconnecting();
    const peer = await bench.connect();
    const call = rejectionOf(bench.call('a'), ClosedError);
    await bench.network.settle();
    await bench.lose(peer);
    expect(await call).to.include({ mayHaveRun: true, retryable: true, method: 'verb 7' });
    await bench.close();
  });

  it('are sent again if they surely were not written', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    first.recorder.pause();
    const large = rejectionOf(bench.call('x'.repeat(900_000)), ClosedError);
    await bench.network.settle();
    // The socket is still busy with the first one.
    const call = bench.call('a');
    await bench.network.settle();
    first.recorder.reset();
    expect(await large).to.include({ mayHaveRun: true });
    await bench.network.settle();
    await bench.pass(SOON_MS);
    const second = await bench.answer(6n);
    expect(texts(second)).to.deep.equal(['a']);
    second.reply(1n, Buffer.from('b'));
    expect(await call).to.deep.equal(Buffer.from('b'));
    await bench.close();
  });

  it('are repeated once connected if they are idempotent, before those that waited', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    const idempotent = bench.call('again', { idempotent: true, timeoutMs: MINUTE_MS });
    const plain = rejectionOf(bench.call('once'), ClosedError);
    await bench.network.settle();
    expect(texts(first)).to.deep.equal(['again', 'once']);
    await bench.lose(first);
    expect(await plain).to.include({ mayHaveRun: true });
    const later = bench.call('later');
    await bench.pass(SOON_MS);
    const second = await bench.answer(6n);
    expect(texts(second)).to.deep.equal(['again', 'later']);
    second.reply(2n, Buffer.from('2'));
    second.reply(1n, Buffer.from('1'));
    expect((await Promise.all([idempotent, later])).map(String)).to.deep.equal(['1', '2']);
    await bench.close();
  });

  it('that are repeated still end within their own limits, and know that they may have run', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    const limited = rejectionOf(
      bench.call('a', { idempotent: true, timeoutMs: 500 }),
      TimeoutError,
    );
    const other = rejectionOf(bench.call('b', { idempotent: true }), ClosedError);
    await bench.network.settle();
    await bench.lose(first);
    await bench.network.refuse();
    await bench.pass(500);
    await limited;
    await bench.close();
    expect(await other).to.include({ mayHaveRun: true });
  });

  it('Replies: never another call’s: only those of its own connection settle it', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    bench.call('old').catch(() => {});
    await bench.network.settle();
    first.tell({ kind: 'going-away', graceMs: undefined });
    await bench.network.settle();
    const second = await bench.answer(6n);
    const fresh = follow(bench.call('new'));
    await bench.network.settle();
    expect(texts(second)).to.deep.equal(['new']);
    first.reply(1n, Buffer.from('of the old one'));
    await bench.network.settle();
    expect(fresh.outcome).to.equal(undefined);
    second.reply(1n, Buffer.from('of the new one'));
    await bench.network.settle();
    expect(fresh.outcome).to.deep.equal({ value: Buffer.from('of the new one') });
    await bench.close();
  });
});

describe('the streams of a client that reconnects', () => {
  it('are opened by makeStreamSink on the next connection, also if the first is lost meanwhile', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    const opening = follow(bench.core.makeSink(raw, {}));
    await bench.network.settle();
    expect(bench.network.peers, 'the child is dialed').to.have.length(2);
    await bench.lose(first);
    expect(opening.outcome).to.equal(undefined);
    await bench.pass(SOON_MS);
    await bench.answer(6n);
    expect(bench.network.peer.takeOffer().streamParent).to.equal(6n);
    bench.network.peer.answer(bench.network.ourChild(7n));
    await bench.network.settle();
    expect(opening.outcome).to.have.property('value');
    await bench.close();
  });

  it('in values fail when their connection is lost before they are opened', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    const giving = bench.core.calls.call(VALUE, ['give'], {});
    await bench.network.settle();
    first.reply(1n, tupleOf(offered(8)));
    await bench.network.settle();
    const remote = (await giving) as AsyncIterable<unknown>;
    await bench.lose(first);
    await bench.pass(SOON_MS);
    await bench.answer(6n);
    const error = await rejectionOf(remote[Symbol.asyncIterator]().next(), StreamClosedError);
    expect(error.retryable).to.equal(true);
    await bench.close();
  });

  it('in values begin with new numbers on a connection that is a new session', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    bench.sendStream().catch(() => {});
    await bench.network.settle();
    const before = first.takeRequests()[0]?.payload;
    await bench.lose(first);
    await bench.pass(SOON_MS);
    const second = await bench.answer(6n);
    bench.sendStream().catch(() => {});
    await bench.network.settle();
    expect(second.takeRequests()[0]?.payload).to.deep.equal(before);
    await bench.close();
  });
});

describe('a client whose server goes away', () => {
  it('dials at once, and calls there while the old connection finishes', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    const old = bench.call('old');
    await bench.network.settle();
    expect(texts(first)).to.deep.equal(['old']);
    first.tell({ kind: 'going-away', graceMs: 7 });
    await bench.network.settle();
    expect(bench.network.peers, 'without a delay').to.have.length(2);
    expect(bench.core.state).to.equal('reconnecting');
    const fresh = bench.call('new');
    const second = await bench.answer(6n);
    expect([texts(first), texts(second)]).to.deep.equal([[], ['new']]);
    second.reply(1n, Buffer.from('2'));
    first.reply(1n, Buffer.from('1'));
    await bench.network.settle();
    expect((await Promise.all([old, fresh])).map(String)).to.deep.equal(['1', '2']);
    expect(first.isEnded, 'behind its last reply').to.equal(true);
    expect(bench.core.state).to.equal('connected');
    expect(bench.names.slice(2)).to.deep.equal([
      'goingAway',
      'reconnecting',
      'connecting',
      'connected',
      'disconnected',
    ]);
    expect(bench.events[2]?.[1]).to.deep.equal({ graceMs: 7, calls: 1, streams: 0 });
    expect(bench.events[3]?.[1]).to.include({ attempt: 1, delayMs: 0 });
    expect(bench.events.at(-1)![1]).to.include({ connectionId: 5n, willReconnect: true });
    await bench.close();
  });

  it('Drain: REFUSED repeated elsewhere', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    const call = bench.call('a', { timeoutMs: MINUTE_MS });
    await bench.network.settle();
    first.tell({ kind: 'going-away', graceMs: undefined });
    first.reply(-1n, refusedException(CLOSING_TEXT));
    await bench.network.settle();
    const second = await bench.answer(6n);
    expect(texts(second)).to.deep.equal(['a']);
    second.reply(1n, Buffer.from('b'));
    expect(await call).to.deep.equal(Buffer.from('b'));
    await bench.close();
  });

  it('sends calls again in their order, each of which was refused by itself', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    const calls = ['a', 'b', 'c'].map((text) => bench.call(text));
    await bench.network.settle();
    first.tell({ kind: 'going-away', graceMs: undefined });
    await bench.network.settle();
    const later = bench.call('d');
    for (const id of [1n, 2n, 3n]) first.reply(-id, refusedException(CLOSING_TEXT));
    await bench.network.settle();
    const second = await bench.answer(6n);
    expect(texts(second)).to.deep.equal(['a', 'b', 'c', 'd']);
    for (const id of [1n, 2n, 3n, 4n]) second.reply(id, Buffer.from('done'));
    await Promise.all([...calls, later]);
    await bench.close();
  });

  it('fails a call that was refused for another reason', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    const call = rejectionOf(bench.call('a'), RefusedError);
    await bench.network.settle();
    first.tell({ kind: 'going-away', graceMs: undefined });
    first.reply(-1n, refusedException('no room'));
    expect((await call).message).to.contain('no room');
    await bench.close();
  });

  it('opens streams on the next connection, and waits for it while nobody listens', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    bench.call('old').catch(() => {});
    await bench.network.settle();
    await bench.network.refuse();
    first.tell({ kind: 'going-away', graceMs: undefined });
    await bench.network.settle();
    const opening = follow(bench.core.makeSink(raw, {}));
    for (let round = 0; round < 5; round++) await bench.pass(1_000);
    expect([bench.core.state, first.isEnded]).to.deep.equal(['reconnecting', false]);
    await bench.network.listen();
    await bench.pass(10_000);
    await bench.answer(6n);
    expect(bench.network.peer.takeOffer().streamParent).to.equal(6n);
    bench.network.peer.answer(bench.network.ourChild(7n));
    await bench.network.settle();
    expect(opening.outcome).to.have.property('value');
    await bench.close();
  });

  it('still opens streams in values of the old session there, until it is over', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    const giving = bench.core.calls.call(VALUE, ['give'], {});
    await bench.network.settle();
    first.reply(1n, tupleOf(offered(8)));
    await bench.network.settle();
    const remote = (await giving) as AsyncIterable<unknown>;
    first.tell({ kind: 'going-away', graceMs: undefined });
    await bench.network.settle();
    await bench.answer(6n);
    expect(bench.core.snapshot().sessions[0], 'a new one').to.include({ unopenedStreams: 0 });
    const reading = follow(remote[Symbol.asyncIterator]().next());
    await bench.network.settle();
    expect(bench.network.peer.takeOffer().streamParent).to.equal(5n);
    await bench.lose(first);
    expect(reading.outcome).to.have.property('error');
    expect(bench.core.connectionId).to.equal(6n);
    await bench.close();
  });

  it('is waited for on the next connection, if it has said so right behind its answer', async () => {
    const bench = await CoreBench.reconnecting();
    const { core, network } = bench;
    const ready = follow(core.whenReady());
    const opening = follow(core.makeSink(raw, {}));
    const connecting = core.connect();
    await network.settle();
    network.peer.answer(network.ours(5n), { kind: 'going-away', graceMs: undefined });
    await connecting;
    await network.settle();
    await bench.answer(6n);
    expect(ready.outcome).to.deep.equal({ value: undefined });
    expect(network.peer.takeOffer().streamParent).to.equal(6n);
    network.peer.answer(network.ourChild(7n));
    await network.settle();
    expect(opening.outcome).to.have.property('value');
    await bench.close();
  });

  it('waits before it dials if the connection has not been there for long', async () => {
    const bench = await CoreBench.reconnecting();
    let peer = await bench.connect(1n);
    for (let id = 2n; id < 6n; id++) {
      peer.tell({ kind: 'going-away', graceMs: undefined });
      await bench.network.settle();
      await bench.pass(10_000);
      peer = await bench.answer(id);
    }
    const delays = bench.events
      .filter(([name]) => name === 'reconnecting')
      .map(([, event]) => (event as { delayMs: number }).delayMs);
    expect(delays[0]).to.equal(0);
    expect(delays.slice(1).every((ms) => ms > 0)).to.equal(true);
    await bench.close();
  });

  it('waits for the streams of all its connections when it is closed', async () => {
    const bench = await CoreBench.reconnecting();
    const first = await bench.connect(5n);
    const opening = bench.core.makeSink(raw, {});
    await bench.network.settle();
    const child = bench.network.peer;
    child.takeOffer();
    child.answer(bench.network.ourChild(7n));
    const sink = await opening;
    bench.core.calls.call(VALUE, [sink], {}).catch(() => {});
    const confirmed = sink.close();
    await bench.network.settle();
    first.tell({ kind: 'going-away', graceMs: undefined });
    await bench.network.settle();
    await bench.answer(6n);
    const closing = follow(bench.core.close(MINUTE_MS));
    await bench.network.settle();
    expect([closing.outcome, first.isEnded]).to.deep.equal([undefined, false]);
    first.tell({ kind: 'eos-taken', streamId: 7n });
    await bench.network.settle();
    expect(first.isEnded).to.equal(true);
    await confirmed.catch(() => {});
    await bench.close();
  });
});
