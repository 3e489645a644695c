import { expect } from 'chai';

import { Deferred } from '../../../lib/base/deferred.ts';
import { UnderWay } from '../../../lib/base/under-way.ts';
import { concurrencyLimit, rateLimit } from '../../../lib/call/limits/call-limits.ts';
import { CallPlace, Governor } from '../../../lib/call/limits/governor.ts';
import { ClientLog } from '../../../lib/call/server/client-log.ts';
import { HandlerContext } from '../../../lib/call/server/handler-context.ts';
import { type OngoingCall, OngoingCalls } from '../../../lib/call/server/ongoing-calls.ts';
import { LoggerSlot } from '../../../lib/diagnostics/logger.ts';
import type { Initiator } from '../../../lib/errors/rpc-error.ts';
import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import type { NamedStream } from '../../../lib/stream/half/named-stream.ts';
import { CollectedLog } from '../../support/collected-log.ts';
import { TestOwner } from '../../support/server-bench.ts';
import { turns } from '../../support/turns.ts';

/** A stream of a call, which writes down how it was ended. */
class FakeStream implements NamedStream {
  isOver = false;
  onOver: ((cause: Error | undefined, isOwn: boolean) => void) | undefined;
  readonly aborts: [cause: unknown, initiator: Initiator][] = [];

  onPassed(): void {}
  onUnsent(): void {}
  setCall(): void {}

  setNaming(): void {}

  abort(cause: unknown, initiator: Initiator): void {
    this.aborts.push([cause, initiator]);
  }

  /** The stream ends: with a cause, unless all was sent. */
  end(cause?: Error, isOwn = false): void {
    this.isOver = true;
    this.onOver?.(cause, isOwn);
  }
}

/** The ongoing calls of one connection. */
class Bench {
  readonly background = new UnderWay();
  readonly log = new CollectedLog();
  readonly governor = new Governor(concurrencyLimit('maxConcurrent'), rateLimit('callsPerSecond'));
  readonly calls = new OngoingCalls(
    this.background,
    new ClientLog(new LoggerSlot(this.log, new ManualClock()), 'client'),
  );

  /** A call with a running handler and one stream in its arguments. */
  begin(messageId: number): OngoingCall & { readonly argument: FakeStream } {
    const argument = new FakeStream();
    const call = {
      messageId,
      context: new HandlerContext({
        owner: new TestOwner(),
        group: undefined,
        timeoutMs: undefined,
        deadline: undefined,
        clock: new ManualClock(),
        drainCause: undefined,
        background: () => {},
      }),
      children: [argument],
      argument,
      place: new CallPlace([this.governor]),
      parts: 0,
      results: undefined,
      twin: undefined,
    };
    this.calls.enter(call);
    return call;
  }
}

const CAUSE = new Error('given up');

describe('OngoingCalls', () => {
  it('fires the signals of the call that is canceled, and of no other', () => {
    const bench = new Bench();
    const [first, second] = [bench.begin(1), bench.begin(2)];
    bench.calls.cancel(1, CAUSE);
    expect(first.context.signal.reason).to.equal(CAUSE);
    expect(second.context.isOver).to.equal(false);
    bench.calls.cancel(3, CAUSE);
    expect(second.context.isOver).to.equal(false);
  });

  it('E1-floods looks at the calls of that id alone, however many go on', () => {
    const bench = new Bench();
    let looked = 0;
    const call = bench.begin(1);
    for (let messageId = 2; messageId < 10_000; messageId++) {
      bench.calls.enter({
        ...call,
        messageId,
        get context() {
          looked++;
          return call.context;
        },
      });
    }
    const before = looked;
    for (let messageId = 10_000; messageId < 20_000; messageId++) {
      expect(bench.calls.has(messageId)).to.equal(false);
      bench.calls.cancel(messageId, CAUSE);
    }
    expect(looked).to.equal(before);
    bench.calls.cancel(7, CAUSE);
    expect(looked).to.equal(before + 1);
  });

  it('fires the signals of all calls of an id that was repeated', () => {
    const bench = new Bench();
    const twins = [bench.begin(1), bench.begin(1)];
    bench.calls.cancel(1, CAUSE);
    expect(twins.map(({ context }) => context.isOver)).to.deep.equal([true, true]);
  });

  it('knows a call no more when its handler is over and nothing is left of it', () => {
    const bench = new Bench();
    const call = bench.begin(1);
    bench.calls.leave(call);
    bench.calls.cancel(1, CAUSE);
    bench.calls.end(CAUSE);
    expect(call.context.isOver).to.equal(false);
    expect(bench.governor.running).to.equal(0);
  });

  it('fires every signal when the caller is gone, and keeps the first cause', () => {
    const bench = new Bench();
    const [canceled, other] = [bench.begin(1), bench.begin(2)];
    bench.calls.cancel(1, CAUSE);
    const gone = new Error('gone');
    bench.calls.end(gone);
    expect(canceled.context.signal.reason).to.equal(CAUSE);
    expect(other.context.signal.reason).to.equal(gone);
  });

  describe('with work in the background', () => {
    it('keep their place and their signal until the last work is over', async () => {
      const bench = new Bench();
      const call = bench.begin(1);
      const [first, second] = [new Deferred(), new Deferred()];
      bench.calls.startWork(call, () => first.promise);
      bench.calls.startWork(call, () => second.promise);
      bench.calls.leave(call);
      first.resolve();
      await turns(1);
      expect([bench.governor.running, bench.background.count]).to.deep.equal([1, 1]);
      bench.calls.cancel(1, CAUSE);
      expect(call.context.signal.reason).to.equal(CAUSE);
      second.resolve();
      await turns(1);
      expect([bench.governor.running, bench.background.count]).to.deep.equal([0, 0]);
    });

    it('go on again when work is started after all had ended', async () => {
      const bench = new Bench();
      const call = bench.begin(1);
      bench.calls.leave(call);
      const work = new Deferred();
      bench.calls.startWork(call, () => work.promise);
      expect([bench.governor.running, bench.background.count]).to.deep.equal([1, 1]);
      bench.calls.end(CAUSE);
      expect(call.context.signal.reason).to.equal(CAUSE);
      work.resolve();
      await turns(1);
      expect([bench.governor.running, bench.background.count]).to.deep.equal([0, 0]);
    });

    it('log a rejection, and end the streams of their arguments by it', async () => {
      const bench = new Bench();
      const call = bench.begin(7);
      const error = new Error('out of ink');
      bench.calls.startWork(call, () => Promise.reject(error));
      await turns(1);
      expect(bench.log.lines).to.deep.equal([
        'warn client msg_id 7: background work failed: out of ink',
      ]);
      expect(call.argument.aborts).to.deep.equal([[error, 'local']]);
      expect(bench.background.count).to.equal(0);
      expect(call.context.isOver, 'the caller is still there').to.equal(false);
    });

    it('take work that throws at once for work that fails', async () => {
      const bench = new Bench();
      const call = bench.begin(7);
      bench.calls.startWork(call, () => {
        throw new Error('not even begun');
      });
      await turns(1);
      expect(bench.log.lines).to.have.length(1);
      expect(bench.background.count).to.equal(0);
    });
  });

  describe('with streams in their results', () => {
    it('keep their place until the last of them is over', () => {
      const bench = new Bench();
      const call = bench.begin(1);
      const streams = [new FakeStream(), new FakeStream()];
      bench.calls.follow(call, streams);
      bench.calls.leave(call);
      streams[0]?.end();
      expect(bench.governor.running).to.equal(1);
      streams[1]?.end();
      expect(bench.governor.running).to.equal(0);
      expect(call.context.isOver).to.equal(false);
      expect(call.argument.aborts).to.deep.equal([]);
    });

    it('are over with their handler where all streams have ended already', () => {
      const bench = new Bench();
      const call = bench.begin(1);
      const stream = new FakeStream();
      stream.end();
      bench.calls.follow(call, [stream]);
      bench.calls.leave(call);
      expect(bench.governor.running).to.equal(0);
    });

    it('end the late streams of a call that is canceled after its reply', () => {
      const bench = new Bench();
      const call = bench.begin(1);
      const [early, late] = [new FakeStream(), new FakeStream()];
      bench.calls.follow(call, [early, late]);
      bench.calls.leave(call);
      early.end();
      bench.calls.cancel(1, CAUSE);
      expect(call.context.signal.reason).to.equal(CAUSE);
      expect(late.aborts).to.deep.equal([[CAUSE, 'remote']]);
    });

    it('fire the signal and end the arguments when their consumer leaves', () => {
      const bench = new Bench();
      const call = bench.begin(1);
      const stream = new FakeStream();
      bench.calls.follow(call, [stream]);
      bench.calls.leave(call);
      stream.end(CAUSE);
      expect(call.context.signal.reason).to.equal(CAUSE);
      expect(call.argument.aborts).to.deep.equal([[CAUSE, 'remote']]);
    });

    it('end the arguments, without the signal, when their own producer fails', () => {
      const bench = new Bench();
      const call = bench.begin(1);
      const stream = new FakeStream();
      bench.calls.follow(call, [stream]);
      bench.calls.leave(call);
      stream.end(CAUSE, true);
      expect(call.context.isOver).to.equal(false);
      expect(call.argument.aborts).to.deep.equal([[CAUSE, 'local']]);
    });
  });
});
