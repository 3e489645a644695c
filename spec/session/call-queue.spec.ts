import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import type { PendingCall } from '../../lib/call/client/pending-call.ts';
import { StreamCall } from '../../lib/call/client/stream-call.ts';
import { type StatValues, zeroStats } from '../../lib/diagnostics/stats.ts';
import {
  CanceledError,
  ClosedError,
  MisuseError,
  RefusedError,
  TimeoutError,
} from '../../lib/errors/errors.ts';
import { type CallCarrier, CallQueue } from '../../lib/session/call-queue.ts';
import { StreamSink } from '../../lib/stream/user/stream-sink.ts';
import { type Verb, verb } from '../../lib/verb/verb.ts';
import { Counter } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { type TestEnvironment, testEnvironment } from '../support/test-environment.ts';
import { turns } from '../support/turns.ts';

const NUMBER: Verb<(value: unknown) => void> = verb(7);

/** Takes calls, as many as the test says. */
class Carrier implements CallCarrier {
  readonly peer: string = 'played:1';
  readonly sent: PendingCall[] = [];
  readonly connectionId = 5n;
  isInFrame = false;
  /** What happens with each call. */
  onSend: (pending: PendingCall) => void = () => {};
  #roomFor: number;
  #room = new Deferred();

  constructor(roomFor: number = Infinity) {
    this.#roomFor = roomFor;
  }

  get isFull(): boolean {
    return this.sent.length >= this.#roomFor;
  }

  /** The first arguments of the calls that it was given. */
  get numbers(): unknown[] {
    return this.sent.map(({ args }) => args[0]);
  }

  room(): Promise<void> | undefined {
    return this.isFull ? this.#room.promise : undefined;
  }

  /** Has room for as many more. */
  open(count: number): void {
    this.#roomFor += count;
    const room = this.#room;
    this.#room = new Deferred();
    room.resolve();
  }

  send(pending: PendingCall): void {
    this.sent.push(pending);
    pending.holder = { peer: 'played:1', cancel: () => {} };
    this.onSend(pending);
  }
}

class Bench {
  readonly environment: TestEnvironment = testEnvironment();
  readonly stats: StatValues = zeroStats();
  readonly queue: CallQueue;

  constructor(maxQueuedCalls: number = 100) {
    const { environment, stats } = this;
    this.queue = new CallQueue(environment, stats, {
      maxQueuedCalls,
      peer: 'server:1',
      hasCallStacks: false,
    });
  }

  /** Makes calls with these arguments; their rejections are the test's to look at. */
  call(...values: unknown[]): Promise<unknown>[] {
    return values.map((value) => {
      const result = this.queue.call(NUMBER, [value], {});
      result.catch(() => {});
      return result;
    });
  }
}

describe('CallQueue', () => {
  it('S-C5 sends calls that have waited in several turns where the carrier wants that', async () => {
    const { queue } = new Bench();
    const carrier = new Carrier();
    const turn = new Deferred();
    const asked: number[] = [];
    carrier.room = () => {
      asked.push(carrier.sent.length);
      return carrier.sent.length === 2 ? turn.promise : undefined;
    };
    for (const number of [1, 2, 3, 4]) void queue.call(NUMBER, [number], {});
    queue.attach(carrier);
    expect(carrier.numbers).to.deep.equal([1, 2]);
    void queue.call(NUMBER, [5], {});
    expect(carrier.numbers, 'in order').to.deep.equal([1, 2]);
    // Asked again, the carrier would say the same until the next turn.
    expect(new Set(asked)).to.deep.equal(new Set([1, 2]));
    carrier.room = () => undefined;
    turn.resolve();
    await turns(1);
    expect(carrier.numbers).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it('S-C8 refuses a call of what is no verb, and goes on', async () => {
    const { queue } = new Bench();
    const carrier = new Carrier();
    for (const verb of [77, undefined, null, {}, { number: '5' }, 'name']) {
      const refusal = await rejectionOf(
        queue.call(verb as unknown as typeof NUMBER, [1], {}),
        MisuseError,
      );
      expect(refusal.message).to.match(/a verb must be one .*, not /);
    }
    queue.attach(carrier);
    void queue.call(NUMBER, [2], {});
    expect(carrier.numbers).to.deep.equal([2]);
  });

  it('sends at once where there is room, and keeps the order where there is none', async () => {
    const bench = new Bench();
    const carrier = new Carrier(2);
    bench.queue.attach(carrier);
    void bench.call(1, 2, 3, 4);
    expect([carrier.numbers, bench.stats.pending]).to.deep.equal([[1, 2], 2]);
    carrier.open(1);
    await turns(1);
    expect(carrier.numbers).to.deep.equal([1, 2, 3]);
    void bench.call(5);
    carrier.open(10);
    await turns(1);
    expect([carrier.numbers, bench.stats.pending]).to.deep.equal([[1, 2, 3, 4, 5], 0]);
  });

  it('keeps calls until there is a connection, and between two', async () => {
    const bench = new Bench();
    void bench.call(1, 2);
    const first = new Carrier(1);
    bench.queue.attach(first);
    expect(first.numbers).to.deep.equal([1]);
    bench.queue.detach();
    void bench.call(3);
    first.open(10);
    await turns(1);
    expect(first.numbers, 'nothing more').to.deep.equal([1]);
    const second = new Carrier();
    bench.queue.attach(second);
    expect([second.numbers, bench.stats.pending]).to.deep.equal([[2, 3], 0]);
  });

  it('waits for the room of the connection that it has, not for that of the one before', async () => {
    const bench = new Bench();
    const [first, second] = [new Carrier(0), new Carrier(0)];
    bench.queue.attach(first);
    void bench.call(1);
    bench.queue.attach(second);
    first.open(1);
    await turns(1);
    expect([first.numbers, second.numbers]).to.deep.equal([[], []]);
    second.open(1);
    await turns(1);
    expect(second.numbers).to.deep.equal([1]);
  });

  it('stops where sending a call takes the connection away', () => {
    const bench = new Bench();
    void bench.call(1, 2, 3);
    const first = new Carrier();
    first.onSend = () => bench.queue.detach();
    bench.queue.attach(first);
    expect(first.numbers).to.deep.equal([1]);
    const second = new Carrier();
    bench.queue.attach(second);
    expect(second.numbers).to.deep.equal([2, 3]);
  });

  it('sends behind it what is called while a request is being written', async () => {
    const bench = new Bench();
    const carrier = new Carrier();
    carrier.onSend = ({ args }) => {
      if (args[0] !== 1) return;
      carrier.isInFrame = true;
      void bench.call('nested');
      expect(carrier.numbers).to.deep.equal([1]);
      carrier.isInFrame = false;
    };
    bench.queue.attach(carrier);
    void bench.call(1);
    await turns(1);
    expect(carrier.numbers).to.deep.equal([1, 'nested']);
  });

  it('withdraws a call whose time or patience is over before it was sent', async () => {
    const { queue, stats, environment } = new Bench();
    const late = rejectionOf(queue.call(NUMBER, [1], { timeoutMs: 50 }), TimeoutError);
    const cancel = new AbortController();
    const canceled = rejectionOf(queue.call(NUMBER, [2], { signal: cancel.signal }), CanceledError);
    expect(stats.pending).to.equal(2);
    environment.clock.advance(50);
    cancel.abort('enough');
    expect((await late).limitMs).to.equal(50);
    expect((await canceled).cause).to.equal('enough');
    const carrier = new Carrier();
    queue.attach(carrier);
    expect([carrier.numbers, stats.pending, stats.timeout]).to.deep.equal([[], 0, 1]);
    expect(environment.clock.pendingTimers).to.equal(0);
  });

  it('makes no call that is over already, or one too many', async () => {
    const { queue, stats } = new Bench(1);
    const signal = AbortSignal.abort('enough');
    await rejectionOf(queue.call(NUMBER, [1], { signal }), CanceledError);
    await rejectionOf(queue.call(NUMBER, [1], { timeoutMs: -1 }), TimeoutError);
    queue.call(NUMBER, [1], {}).catch(() => {});
    const error = await rejectionOf(queue.call(NUMBER, [2], {}), RefusedError);
    expect(error.message).to.contain('as many as maxQueuedCalls allows');
    expect([stats.pending, stats.timeout]).to.deep.equal([1, 1]);
  });

  it('refuses what waits and what comes once it may send nothing more', async () => {
    const bench = new Bench();
    const waiting = bench.call(1, 2);
    bench.queue.refuse(() => new RefusedError('no more', { initiator: 'remote' }));
    const [later] = bench.call(3);
    const errors = await Promise.all([...waiting, later!].map((call) => rejectionOf(call)));
    expect(errors.map(({ message }) => message)).to.deep.equal(['no more', 'no more', 'no more']);
    expect(new Set(errors).size, 'each has an error of its own').to.equal(3);
  });

  it('fails what waits and what comes when it is closed, with the first cause', async () => {
    const bench = new Bench();
    const cause = new ClosedError('the end', 'local');
    const waiting = bench.call(1);
    bench.queue.close(cause);
    bench.queue.close(new Error('again'));
    bench.queue.refuse(() => new Error('refused'));
    for (const call of [...waiting, ...bench.call(2)]) {
      expect(await rejectionOf(call, ClosedError)).to.include({
        message: 'the end (verb 7 of server:1)',
        initiator: 'local',
      });
    }
    expect(bench.stats.pending).to.equal(0);
  });

  it('heeds the streams of calls that name some, also of those that wait, and of no others', () => {
    const { queue } = new Bench();
    const sink = Object.create(StreamSink.prototype) as object;
    const waiting = [sink, new Counter(3).items(), { items: new Counter(3).items() }, 'none'];
    const unreadable = Proxy.revocable({}, {});
    unreadable.revoke();
    const isHeeding = (value: unknown): boolean =>
      queue.call(NUMBER, [value], {}) instanceof StreamCall;
    expect(waiting.map(isHeeding)).to.deep.equal([true, true, true, false]);
    expect(isHeeding(unreadable.proxy)).to.equal(false);
    const carrier = new Carrier();
    queue.attach(carrier);
    expect(isHeeding(7)).to.equal(false);
    carrier.onSend = (pending) => (pending.children = []);
    expect(isHeeding(7), 'sent with streams').to.equal(true);
  });

  it('releases the streams among the arguments of calls that are never sent', async () => {
    const bench = new Bench();
    const [waiting, later] = [new Counter(3).items(), new Counter(3).items()];
    void bench.call(waiting);
    bench.queue.close(new ClosedError('the end', 'local'));
    void bench.call(later);
    await turns(1);
    for (const items of [waiting, later]) {
      expect(await items.next()).to.deep.equal({ done: true, value: undefined });
    }
  });
});
