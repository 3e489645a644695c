import { expect } from 'chai';

import { UnderWay } from '../../../lib/base/under-way.ts';
import { WaitGuard } from '../../../lib/base/waiting.ts';
import type { PendingCall } from '../../../lib/call/client/pending-call.ts';
import { RequestWriter } from '../../../lib/call/client/request-writer.ts';
import { SessionFrames } from '../../../lib/call/client/session-frames.ts';
import { SentCalls } from '../../../lib/call/client/sent-calls.ts';
import { Link } from '../../../lib/connection/link/link.ts';
import { type StatValues, zeroStats } from '../../../lib/diagnostics/stats.ts';
import { decodeCancel } from '../../../lib/document/cancel-document.ts';
import {
  CanceledError,
  ClosedError,
  SerializationError,
  TimeoutError,
  UnsupportedError,
} from '../../../lib/errors/errors.ts';
import { bson } from '../../../lib/serializer/bson/bson.ts';
import { Children } from '../../../lib/stream/handles/children.ts';
import { type Signature, type Verb, verb } from '../../../lib/verb/verb.ts';
import { decodeMainMessage, type MainMessage } from '../../../lib/wire/main-message.ts';
import { BYTES, type MadeCall, makeCall } from '../../support/attachment-bench.ts';
import { capabilitiesIf, testAgreed } from '../../support/agreed.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { ScriptedSocket } from '../../support/scripted-socket.ts';
import { type TestEnvironment, testEnvironment } from '../../support/test-environment.ts';
import { turns } from '../../support/turns.ts';

const NOTE: Verb<(text: string) => void> = verb(9, { noWait: true });
const HEADER_BYTES = 20;

/** The calls of one connection whose socket a test has in hand. */
class Bench {
  readonly environment: TestEnvironment = testEnvironment();
  readonly socket: ScriptedSocket = new ScriptedSocket();
  readonly stats: StatValues = zeroStats();
  readonly underWay: UnderWay = new UnderWay();
  readonly calls: SentCalls;
  readonly #link: Link;

  constructor(options: { hasTimeout?: boolean; hasExtension?: boolean } = {}) {
    const { hasTimeout = false, hasExtension = true } = options;
    this.#link = new Link(this.socket, this.environment, 1_000);
    const main = {
      environment: this.environment,
      link: this.#link,
      agreed: testAgreed({ hasTimeout, capabilities: capabilitiesIf(hasExtension) }),
      children: new Children(bson, undefined),
      stats: this.stats,
      underWay: this.underWay,
      frames: new SessionFrames(false, 16),
    };
    this.calls = new SentCalls(main, new RequestWriter(main));
  }

  send(called: Verb<Signature> = BYTES, args: unknown[] = [Buffer.from('a')]): MadeCall {
    const call = makeCall(called, args);
    this.calls.send(call.pending);
    return call;
  }

  flush(): void {
    this.#link.writer.flush();
  }

  /** The main message that was written last. */
  lastMessage(): MainMessage | undefined {
    this.flush();
    const last = this.socket.writes.at(-1) ?? Buffer.alloc(0);
    return decodeMainMessage(last.subarray(HEADER_BYTES));
  }
}

describe('SentCalls', () => {
  it('holds a call from the send until its reply is taken', async () => {
    const { calls, stats, underWay, send } = bound(new Bench());
    const { pending } = send();
    expect(pending.holder).to.equal(calls);
    expect([calls.size, stats.waitReply, stats.sentMessages]).to.deep.equal([1, 1, 1]);
    const idle = follow(underWay.whenIdle());
    expect(calls.take(2)).to.equal(undefined);
    expect(calls.take(1)).to.equal(pending);
    expect(calls.take(1), 'only once').to.equal(undefined);
    expect([calls.size, stats.waitReply, underWay.count]).to.deep.equal([0, 0, 0]);
    await turns(1);
    expect(idle.outcome).to.deep.equal({ value: undefined });
    expect([calls.wasSent(1), calls.wasSent(2)]).to.deep.equal([true, false]);
  });

  it('resolves a call without reply once it is with the kernel, and waits for nothing then', async () => {
    const { calls, socket, underWay, flush, send } = bound(new Bench());
    socket.isTaking = false;
    const { result } = send(NOTE, ['a']);
    const noted = follow(result);
    expect([calls.size, underWay.count]).to.deep.equal([0, 0]);
    flush();
    await turns(1);
    expect(noted.outcome).to.equal(undefined);
  });

  it('sends no call whose time has passed while it waited', async () => {
    const bench = new Bench();
    bench.environment.clock.advance(10);
    const { pending, result } = makeCall(BYTES, [Buffer.from('a')], { deadline: 10, timeoutMs: 5 });
    bench.calls.send(pending);
    expect(await rejectionOf(result, TimeoutError)).to.include({ limitMs: 5 });
    bench.flush();
    expect(bench.socket.written).to.have.length(0);
    expect([bench.stats.timeout, bench.stats.sentMessages]).to.deep.equal([1, 0]);
  });

  it('refuses what a server without our extension does not have', async () => {
    const { calls, send } = bound(new Bench({ hasExtension: false }));
    const method = { ...BYTES, name: 'service/method', needsExtension: true };
    const { result } = send(method);
    expect((await rejectionOf(result, UnsupportedError)).message).to.contain('service/method');
    expect(calls.size).to.equal(0);
  });

  it('rejects a call that can’t be encoded, and sends the next one', async () => {
    const { calls, send } = bound(new Bench());
    const { pending, result } = send(verb<(...args: unknown[]) => void>(8), [() => {}]);
    await rejectionOf(result, SerializationError);
    expect([calls.size, pending.messageId]).to.deep.equal([0, 0]);
    expect(send().pending.messageId).to.equal(1);
  });

  it('forgets a call that was given up, and tells the server why', async () => {
    const bench = new Bench();
    const { calls, environment, stats, underWay } = bench;
    const { pending, result } = bench.send();
    const cancel = new AbortController();
    pending.guard = new WaitGuard(
      environment.clock,
      { signal: cancel.signal },
      { what: 'the call', scope: 'call' },
      (error) => pending.holder.cancel(pending, error),
    );
    bench.flush();
    cancel.abort('not wanted');
    expect((await rejectionOf(result, CanceledError)).cause).to.equal('not wanted');
    expect([calls.size, stats.waitReply, underWay.count]).to.deep.equal([0, 0, 0]);
    await turns(1);
    const message = bench.lastMessage();
    expect(message).to.include({ kind: 'call-cancel', messageId: 1 });
    expect(decodeCancel((message as { reason: Buffer }).reason).reason).to.equal('not wanted');
    expect(calls.take(1), 'a late reply').to.equal(undefined);
    expect(calls.wasSent(1)).to.equal(true);
  });

  it('tells no server of a time that it knows by itself, or that has not our extension', async () => {
    for (const options of [{ hasTimeout: true }, { hasExtension: false }]) {
      const bench = new Bench(options);
      const { pending, result } = bench.send();
      bench.flush();
      const { length } = bench.socket.written;
      bench.calls.cancel(pending, new TimeoutError('the call', 5, 'call'));
      await rejectionOf(result, TimeoutError);
      await turns(1);
      bench.flush();
      expect(bench.socket.written).to.have.length(length);
      expect(bench.stats.timeout).to.equal(1);
    }
  });

  it('E1-floods asks the server once to stop what goes on for a result that came too late', async () => {
    const bench = new Bench();
    const { pending, result } = bench.send();
    pending.holder.cancel(pending, new TimeoutError('the call', 10, 'call'));
    await rejectionOf(result, TimeoutError);
    await turns(1);
    bench.flush();
    const before = bench.socket.written.length;
    bench.calls.onLateResult(1);
    expect(bench.lastMessage()).to.include({ kind: 'call-cancel', messageId: 1 });
    const after = bench.socket.written.length;
    expect(after).to.be.above(before);
    for (const messageId of [1, 1, 2]) bench.calls.onLateResult(messageId);
    bench.flush();
    expect(bench.socket.written, 'it says so once, and of no other').to.have.length(after);
  });

  it('asks no Seastar for that', async () => {
    const bench = new Bench({ hasExtension: false });
    const { pending, result } = bench.send();
    pending.holder.cancel(pending, new TimeoutError('the call', 10, 'call'));
    await rejectionOf(result, TimeoutError);
    bench.flush();
    const before = bench.socket.written.length;
    bench.calls.onLateResult(1);
    bench.flush();
    expect(bench.socket.written).to.have.length(before);
  });

  it('fails all calls in their order when the connection is over', async () => {
    const { calls, stats, underWay, send } = bound(new Bench());
    const order: number[] = [];
    const results = [1, 2, 3].map((number) =>
      send().result.catch((error: unknown) => {
        order.push(number);
        return error;
      }),
    );
    const cause = new ClosedError('lost', 'transport');
    calls.close(cause);
    const errors = await Promise.all(results);
    for (const error of errors) {
      expect(error).to.include({ message: 'lost (verb 7 of fake:1)', initiator: 'transport' });
    }
    expect(new Set(errors).size, 'each its own').to.equal(3);
    expect(order).to.deep.equal([1, 2, 3]);
    expect([calls.size, stats.waitReply, underWay.count]).to.deep.equal([0, 0, 0]);
    calls.close(new Error('again'));
  });

  it('gives calls that may run twice to a repeater, and fails the others', async () => {
    for (const canRepeat of [true, false]) {
      const { calls } = new Bench();
      const made = [true, false, true].map((isIdempotent) => {
        const call = makeCall(BYTES, [Buffer.from('a')], { isIdempotent });
        calls.send(call.pending);
        return call;
      });
      const outcomes = made.map(({ result }) => follow(result));
      const repeated: PendingCall[] = [];
      const repeat = (again: readonly PendingCall[]): void => void repeated.push(...again);
      calls.close(new ClosedError('lost', 'transport'), { canRepeat, repeat });
      await turns(1);
      const again = canRepeat ? [made[0]?.pending, made[2]?.pending] : [];
      expect(repeated).to.deep.equal(again);
      expect(repeated.every(({ mayHaveRun }) => mayHaveRun)).to.equal(true);
      expect(outcomes.map(({ outcome }) => outcome === undefined)).to.deep.equal([
        canRepeat,
        false,
        canRepeat,
      ]);
      expect(outcomes[1]?.outcome).to.have.property('error').that.includes({ mayHaveRun: true });
    }
  });

  it('fails a call whose arguments end the connection', async () => {
    const { calls, send } = bound(new Bench());
    const cause = new ClosedError('aborted', 'local');
    const args = {
      get field() {
        calls.close(cause);
        return 1;
      },
    };
    const error = await rejectionOf(send(verb<(value: object) => void>(8), [args]).result);
    expect(error).to.include({ message: 'aborted (verb 8 of fake:1)', code: 'ERR_CLOSED' });
    expect(calls.size).to.equal(0);
  });
});

/** The bench with methods that stand alone. */
function bound(bench: Bench): Bench {
  bench.send = bench.send.bind(bench);
  bench.flush = bench.flush.bind(bench);
  return bench;
}
