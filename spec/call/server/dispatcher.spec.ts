import { expect } from 'chai';

import { Deferred } from '../../../lib/base/deferred.ts';
import { UnderWay } from '../../../lib/base/under-way.ts';
import { concurrencyLimit, rateLimit } from '../../../lib/call/limits/call-limits.ts';
import { Gate, type GateListener } from '../../../lib/call/limits/gate.ts';
import { Governor } from '../../../lib/call/limits/governor.ts';
import { Group } from '../../../lib/call/limits/group.ts';
import { ClientLog } from '../../../lib/call/server/client-log.ts';
import { Dispatcher } from '../../../lib/call/server/dispatcher.ts';
import { Failures } from '../../../lib/call/server/failures.ts';
import type { HandlerContext } from '../../../lib/call/server/handler-context.ts';
import { ReplyWriter } from '../../../lib/call/server/reply-writer.ts';
import { decodeError } from '../../../lib/document/error-document.ts';
import { CanceledError, TimeoutError } from '../../../lib/errors/errors.ts';
import { DEFAULT_COMPATIBILITY } from '../../../lib/settings/compatibility.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import type { Serializer } from '../../../lib/serializer/serializer.ts';
import type { NamedStream } from '../../../lib/stream/half/named-stream.ts';
import { Children } from '../../../lib/stream/handles/children.ts';
import { decodeException } from '../../../lib/wire/exception-body.ts';
import { linkInMemory, type MemoryPeer } from '../../support/memory-peer.ts';
import { serve, testCore, type TestCore, TestOwner } from '../../support/server-bench.ts';
import { turns } from '../../support/turns.ts';

const PAYLOAD_BYTES = 10;
const GIVE_UP = { reason: new Error('enough'), path: [] };

/** Decodes nothing. */
const illegible: Serializer = {
  ...raw,
  decode: () => {
    throw new Error('gibberish');
  },
};

/** The calls of one connection in memory, whose client the test plays. */
class Bench {
  readonly core: TestCore;
  readonly underWay = new UnderWay();
  readonly owner = new TestOwner();
  readonly gate: Gate;
  readonly dispatcher: Dispatcher;
  readonly peer: MemoryPeer;
  /** What handlers were called with, in order. */
  readonly contexts: HandlerContext[] = [];

  private constructor(
    core: TestCore,
    { link, peer }: Awaited<ReturnType<typeof linkInMemory>>,
    { group, isStructured }: { group: Group | undefined; isStructured: boolean },
  ) {
    const { clock, log } = core.environment;
    this.core = core;
    this.peer = peer;
    this.gate = new Gate(clock, core.memory, core.resources, link.writer);
    const children = new Children(raw);
    const replies = new ReplyWriter(core, link, children, true);
    const parts = {
      log: new ClientLog(log, 'client'),
      gate: this.gate,
      children,
      replies,
      failures: new Failures(core, replies, isStructured),
      underWay: this.underWay,
    };
    this.dispatcher = new Dispatcher(core, parts, group);
  }

  static async create(
    options: Parameters<typeof testCore>[0] & { group?: Group; isStructured?: boolean } = {},
  ): Promise<Bench> {
    const { group, isStructured = false, ...rest } = options;
    const core = testCore(rest);
    return new Bench(core, await linkInMemory(core.environment), { group, isStructured });
  }

  /** A request comes, which the gate admits. */
  request(verb: number, messageId: number, timeoutMs?: number): void {
    const { clock } = this.core.environment;
    const listener: GateListener = {
      onGranted: () =>
        this.dispatcher.dispatch(
          {
            verb,
            messageId,
            payload: Buffer.alloc(PAYLOAD_BYTES, messageId),
            deadline: timeoutMs === undefined ? undefined : clock.now() + timeoutMs,
            timeoutMs,
            cost: this.gate.deliver(),
          },
          this.owner,
        ),
      onRefused: (text) => {
        throw new Error(text);
      },
    };
    const header = { verb, messageId, timeoutMs: timeoutMs ?? 0, payloadBytes: PAYLOAD_BYTES };
    this.gate.ask(header, PAYLOAD_BYTES, listener);
  }

  /** A verb with a handler that notes its context and gives `result`. */
  serve(verb: number, result?: unknown, ...rest: ServeOptions): void {
    const handler = (context: HandlerContext): unknown => {
      this.contexts.push(context);
      return result;
    };
    serve(this.core, verb, handler, ...rest);
  }

  /** Sees to it that nothing of any request is left. */
  expectNothingLeft(): void {
    const { memory } = this.core;
    const left = [this.gate.inFlight, memory.usedBytes, this.underWay.count];
    expect(left).to.deep.equal([0, 0, 0]);
    expect(this.core.environment.clock.pendingTimers).to.equal(0);
  }

  /** Texts of the exceptions that came, by the id of their calls. */
  async exceptions(): Promise<[id: number, text: string][]> {
    const replies = await this.peer.takeReplies(true);
    return replies.map(({ messageId, payload }) => {
      const body = decodeException(payload);
      return [-messageId, 'text' in body ? body.text : body.kind];
    });
  }
}

type ServeOptions =
  Parameters<typeof serve> extends [unknown, unknown, unknown, ...infer R] ? R : never;

describe('Dispatcher', () => {
  it('answers with the result of the handler, and how long it took', async () => {
    const bench = await Bench.create();
    const answer = new Deferred<Buffer>();
    serve(bench.core, 7, async (_context, bytes) => {
      await answer.promise;
      return bytes;
    });
    bench.request(7, 1);
    expect([bench.gate.inFlight, bench.underWay.count]).to.deep.equal([1, 1]);
    bench.core.environment.clock.advance(3);
    answer.resolve(Buffer.alloc(0));
    const [reply] = await bench.peer.takeReplies(true);
    expect(reply).to.deep.equal({
      messageId: 1,
      payload: Buffer.alloc(PAYLOAD_BYTES, 1),
      durationUs: 3_000,
    });
    bench.expectNothingLeft();
  });

  describe('gives the budget back', () => {
    it('of a request of a verb that nobody serves', async () => {
      const bench = await Bench.create();
      bench.request(99, 1);
      bench.expectNothingLeft();
      expect(await bench.exceptions()).to.deep.equal([[1, 'unknown-verb']]);
    });

    it('of a request with arguments that do not decode', async () => {
      const bench = await Bench.create({ serializer: illegible });
      bench.serve(7);
      bench.request(7, 1);
      bench.expectNothingLeft();
      expect(await bench.exceptions()).to.deep.equal([[1, 'the arguments do not decode']]);
      expect(bench.contexts).to.deep.equal([]);
      expect(bench.core.environment.lines.lines).to.deep.equal([
        'warn client msg_id 1: caught exception while processing a message: the arguments do not decode, verb 7',
      ]);
    });

    it('of such a request in silence, where Seastar is silent', async () => {
      const bench = await Bench.create({ serializer: illegible });
      Object.assign(bench.core.environment, {
        compatibility: { ...DEFAULT_COMPATIBILITY, isSilentOnBadRequest: true },
      });
      bench.serve(7);
      bench.request(7, 1);
      bench.expectNothingLeft();
      expect(await bench.exceptions()).to.deep.equal([]);
      expect(bench.core.environment.lines.lines).to.have.length(1);
    });

    it('of a call that a limit of calls turns away, and counts it nowhere', async () => {
      const governor = new Governor(
        concurrencyLimit('governance.maxConcurrentCalls'),
        rateLimit('governance.callsPerSecond'),
      );
      const bench = await Bench.create({ core: { governor } });
      bench.serve(7, undefined, { maxConcurrent: 1 });
      bench.core.handlers.get(7)?.governor?.enter();
      bench.request(7, 1);
      bench.expectNothingLeft();
      const texts = (await bench.exceptions()).map(([, text]) => text);
      expect(texts).to.deep.equal(['1 calls are in progress, as many as maxConcurrent allows']);
      expect([bench.contexts.length, governor.running]).to.deep.equal([0, 0]);
    });

    it('of a handler that throws at once, rejects, or gives what can not be sent', async () => {
      const bench = await Bench.create();
      serve(bench.core, 1, () => {
        throw new Error('threw');
      });
      serve(bench.core, 2, () => Promise.reject(new Error('rejected')));
      serve(bench.core, 3, () => 'no bytes');
      for (const verb of [1, 2, 3]) bench.request(verb, verb);
      await turns(2);
      bench.expectNothingLeft();
      const exceptions = await bench.exceptions();
      const byId = exceptions.toSorted(([a], [b]) => a - b);
      expect(byId.map(([, text]) => text)).to.deep.equal([
        'threw',
        'rejected',
        'the result of verb 3: [0]: raw takes a Uint8Array, got a string',
      ]);
    });

    it('of a handler with a result that throws when it is asked whether it is a promise', async () => {
      const bench = await Bench.create();
      // oxlint-disable-next-line unicorn/no-thenable -- the subject of this test
      const result = Object.defineProperty({}, 'then', {
        get: () => {
          throw new Error('asked too much');
        },
      });
      bench.serve(7, result);
      bench.request(7, 1);
      await turns(1);
      bench.expectNothingLeft();
      expect(await bench.exceptions()).to.deep.equal([[1, 'asked too much']]);
    });
  });

  it('has left a call’s place when the next request is admitted in its stead', async () => {
    const bench = await Bench.create({ resources: { maxInFlight: 1 } });
    const answer = new Deferred<Buffer>();
    bench.serve(7, answer.promise, { maxConcurrent: 1 });
    bench.request(7, 1);
    bench.request(7, 2);
    answer.resolve(Buffer.alloc(1));
    const sent = await bench.peer.takeReplies(true);
    expect(sent.map(({ messageId }) => messageId)).to.deep.equal([1, 2]);
    bench.expectNothingLeft();
  });

  describe('at the deadline', () => {
    it('replies just before it', async () => {
      const bench = await Bench.create();
      const answer = new Deferred<Buffer>();
      bench.serve(7, answer.promise);
      bench.request(7, 1, 100);
      bench.core.environment.clock.advance(99);
      answer.resolve(Buffer.from('in time'));
      expect(await bench.peer.takeReplies(true)).to.have.length(1);
      bench.expectNothingLeft();
    });

    it('fires the signal, and drops the result that comes with it', async () => {
      const bench = await Bench.create();
      const answer = new Deferred<Buffer>();
      bench.serve(7, answer.promise);
      bench.request(7, 1, 100);
      bench.core.environment.clock.advance(100);
      expect(bench.contexts[0]?.signal.reason).to.be.instanceOf(TimeoutError);
      expect(bench.gate.inFlight, 'the handler still runs').to.equal(1);
      answer.resolve(Buffer.from('too late'));
      expect(await bench.peer.takeReplies(true)).to.deep.equal([]);
      bench.expectNothingLeft();
    });

    it('S-C5 drops a result that is there at this very time, before its timer could fire', async () => {
      const bench = await Bench.create();
      bench.serve(7, Buffer.from('in time'));
      bench.request(7, 1, 1);
      bench.request(7, 2, 0);
      expect((await bench.peer.takeReplies(true)).map(({ messageId }) => messageId)).to.deep.equal([
        1,
      ]);
      expect(bench.contexts, 'both have run').to.have.length(2);
      bench.expectNothingLeft();
    });

    it('drops an error that comes too late as well', async () => {
      const bench = await Bench.create();
      const answer = new Deferred<Buffer>();
      bench.serve(7, answer.promise);
      bench.request(7, 1, 100);
      bench.core.environment.clock.advance(100);
      answer.reject(new Error('too late'));
      expect(await bench.peer.takeReplies(true)).to.deep.equal([]);
      bench.expectNothingLeft();
    });

    it('does not run a handler that still waits for its turn', async () => {
      const bench = await Bench.create({ group: new Group('one', 1) });
      const answer = new Deferred<Buffer>();
      bench.serve(7, answer.promise);
      bench.request(7, 1);
      bench.request(7, 2, 100);
      bench.core.environment.clock.advance(100);
      answer.resolve(Buffer.alloc(1));
      const sent = await bench.peer.takeReplies(true);
      expect(sent.map(({ messageId }) => messageId)).to.deep.equal([1]);
      expect(bench.contexts).to.have.length(1);
      bench.expectNothingLeft();
    });
  });

  describe('when the caller gives up', () => {
    it('keeps the first cause of a handler’s end', async () => {
      const bench = await Bench.create();
      bench.serve(7, new Promise(() => {}));
      bench.request(7, 1, 100);
      bench.dispatcher.cancel(1, GIVE_UP);
      bench.core.environment.clock.advance(100);
      bench.dispatcher.end(new Error('gone'));
      const reason = bench.contexts[0]?.signal.reason;
      expect(reason)
        .to.be.instanceOf(CanceledError)
        .and.include({ scope: 'call', initiator: 'remote' });
      expect((reason as Error).cause).to.equal(GIVE_UP.reason);
    });

    it('drops the reply of the call that was canceled, and of no other', async () => {
      const bench = await Bench.create();
      const answer = new Deferred<Buffer>();
      bench.serve(7, answer.promise);
      bench.request(7, 1);
      bench.request(7, 2);
      bench.dispatcher.cancel(1, GIVE_UP);
      answer.resolve(Buffer.alloc(1));
      const sent = await bench.peer.takeReplies(true);
      expect(sent.map(({ messageId }) => messageId)).to.deep.equal([2]);
      bench.expectNothingLeft();
    });

    it('does not run a handler that still waits for its turn, and passes the turn on', async () => {
      const bench = await Bench.create({ group: new Group('one', 1) });
      const answer = new Deferred<Buffer>();
      bench.serve(7, answer.promise);
      for (const id of [1, 2, 3]) bench.request(7, id);
      bench.dispatcher.cancel(2, GIVE_UP);
      answer.resolve(Buffer.alloc(1));
      const sent = await bench.peer.takeReplies(true);
      expect(sent.map(({ messageId }) => messageId)).to.deep.equal([1, 3]);
      bench.expectNothingLeft();
    });

    it('tells its calls that the server begins to close in order', async () => {
      const bench = await Bench.create();
      bench.serve(7, new Promise(() => {}));
      bench.request(7, 1);
      const closing = new Error('closing');
      const draining = bench.contexts[0]?.draining;
      expect(draining?.aborted).to.equal(false);
      bench.dispatcher.drain(closing);
      expect(draining?.reason).to.equal(closing);
    });

    it('lets handlers run on when the connection is gone, and counts them until they end', async () => {
      const bench = await Bench.create();
      const answer = new Deferred<Buffer>();
      bench.serve(7, answer.promise);
      bench.request(7, 1);
      const gone = new Error('gone');
      bench.dispatcher.end(gone);
      expect(bench.contexts[0]?.signal.reason).to.equal(gone);
      expect(bench.underWay.count).to.equal(1);
      answer.resolve(Buffer.alloc(1));
      await turns(1);
      bench.expectNothingLeft();
    });
  });

  describe('for a verb without replies', () => {
    it('sends nothing, whatever happens, and logs errors', async () => {
      const bench = await Bench.create();
      const noWait = { verb: { noWait: true } };
      bench.serve(1, Buffer.alloc(1), noWait);
      serve(
        bench.core,
        2,
        () => {
          throw new Error('threw');
        },
        noWait,
      );
      bench.serve(3, undefined, { ...noWait, maxConcurrent: 1 });
      bench.core.handlers.get(3)?.governor?.enter();
      for (const verb of [1, 2, 3]) bench.request(verb, verb);
      expect(await bench.peer.takeReplies(true)).to.deep.equal([]);
      bench.expectNothingLeft();
      expect(bench.core.environment.lines.lines).to.deep.equal([
        'warn client msg_id 2: exception "threw" in no_wait handler ignored',
        'warn client msg_id 3: no_wait call refused: 1 calls are in progress, as many as maxConcurrent allows',
      ]);
    });
  });

  describe('with authorization', () => {
    it('runs the handler only after it was allowed', async () => {
      const allowed = new Deferred<boolean>();
      const bench = await Bench.create({ core: { authorize: () => allowed.promise } });
      bench.serve(7, Buffer.alloc(1));
      bench.request(7, 1);
      await turns(1);
      expect(bench.contexts).to.deep.equal([]);
      allowed.resolve(true);
      expect(await bench.peer.takeReplies(true)).to.have.length(1);
      bench.expectNothingLeft();
    });

    it('answers a call that is not allowed with an error', async () => {
      const bench = await Bench.create({ core: { authorize: () => false } });
      bench.serve(7, Buffer.alloc(1));
      bench.request(7, 1);
      expect(await bench.exceptions()).to.deep.equal([[1, 'not authorized to call verb 7']]);
      expect(bench.contexts).to.deep.equal([]);
      bench.expectNothingLeft();
    });
  });

  it('sends errors as themselves where the verb and the client take them so', async () => {
    const bench = await Bench.create({ isStructured: true });
    const fail = (): never => {
      throw new TypeError('not like this');
    };
    serve(bench.core, 1, fail, { hasStructuredErrors: true });
    serve(bench.core, 2, fail);
    bench.request(1, 1);
    bench.request(2, 2);
    const bodies = (await bench.peer.takeReplies(true)).map(({ payload }) =>
      decodeException(payload),
    );
    expect(bodies.map(({ kind }) => kind)).to.deep.equal(['structured', 'user']);
    const [structured] = bodies;
    if (structured?.kind !== 'structured') throw new Error('no document');
    expect(decodeError(structured.document).name).to.equal('TypeError');
  });

  it('counts work in the background for the server and not for the connection', async () => {
    const bench = await Bench.create();
    const work = new Deferred();
    serve(bench.core, 7, (context) => context.background(() => work.promise));
    bench.request(7, 1);
    expect(await bench.peer.takeReplies(true)).to.have.length(1);
    bench.expectNothingLeft();
    expect(bench.core.background.count).to.equal(1);
    work.resolve();
    await bench.core.background.whenIdle();
  });

  describe('turns away what was not read', () => {
    it('with a text, whether the verb is served or not', async () => {
      const bench = await Bench.create();
      bench.serve(7);
      bench.dispatcher.turnAway(1, 7, 'full');
      bench.dispatcher.turnAway(2, 99, 'full');
      expect(await bench.exceptions()).to.deep.equal([
        [1, 'full'],
        [2, 'full'],
      ]);
      expect(bench.contexts).to.deep.equal([]);
    });

    it('in silence where the verb has no replies', async () => {
      const bench = await Bench.create();
      bench.serve(7, undefined, { verb: { noWait: true } });
      bench.dispatcher.turnAway(1, 7, 'full');
      expect(await bench.exceptions()).to.deep.equal([]);
    });

    it('as an error that may be tried again, where the verb and the client take it so', async () => {
      const bench = await Bench.create({ isStructured: true });
      bench.serve(1, undefined, { hasStructuredErrors: true });
      bench.serve(2);
      for (const verb of [1, 2, 99]) bench.dispatcher.turnAway(verb, verb, 'full');
      const bodies = (await bench.peer.takeReplies(true)).map(({ payload }) =>
        decodeException(payload),
      );
      expect(bodies.map(({ kind }) => kind)).to.deep.equal(['structured', 'refused', 'refused']);
    });
  });

  it('knows the calls that go on by their ids', async () => {
    const bench = await Bench.create();
    const answer = new Deferred<Buffer>();
    bench.serve(7, answer.promise);
    bench.request(7, 1);
    expect([1, 2].map((id) => bench.dispatcher.isOngoing(id))).to.deep.equal([true, false]);
    answer.resolve(Buffer.alloc(1));
    await bench.peer.takeReplies(true);
    expect(bench.dispatcher.isOngoing(1)).to.equal(false);
  });

  it('turns away what is above the limits of the server, or of the connection', async () => {
    const governor = new Governor(
      concurrencyLimit('governance.maxConcurrentCalls', 1),
      rateLimit('governance.callsPerSecond'),
    );
    for (const [core, name] of [
      [{ governor }, 'governance.maxConcurrentCalls'],
      [
        { connectionCalls: { maxConcurrentCalls: 1 } },
        'governance.perConnection.maxConcurrentCalls',
      ],
    ] as const) {
      const bench = await Bench.create({ core });
      const answer = new Deferred<Buffer>();
      bench.serve(7, answer.promise);
      for (const id of [1, 2]) bench.request(7, id);
      expect(await bench.exceptions()).to.deep.equal([
        [2, `1 calls are in progress, as many as ${name} allows`],
      ]);
      answer.resolve(Buffer.alloc(1));
      expect(await bench.peer.takeReplies(true)).to.have.length(1);
      bench.expectNothingLeft();
    }
  });

  it('ends the streams of arguments that do not decode, and blames the caller', async () => {
    let blamed: unknown;
    const stream: NamedStream = {
      onPassed() {},
      onUnsent() {},
      setNaming() {},
      setCall() {},
      abort: (_cause, initiator) => (blamed = initiator),
    };
    const bench = await Bench.create({
      serializer: {
        ...raw,
        decode: (_bytes, handles) => {
          Object.assign(handles, { takeNamed: () => [stream] });
          throw new Error('gibberish');
        },
      },
    });
    bench.serve(7);
    bench.request(7, 1);
    expect(blamed).to.equal('remote');
    bench.expectNothingLeft();
  });

  it('waits with the end of a served verb for the handlers that run', async () => {
    const bench = await Bench.create();
    const answer = new Deferred<Buffer>();
    bench.serve(7, answer.promise);
    bench.request(7, 1);
    let isRemoved = false;
    const removing = bench.core.handlers.remove(7).then(() => (isRemoved = true));
    bench.request(7, 2);
    expect(await bench.exceptions()).to.deep.equal([[2, 'unknown-verb']]);
    expect(isRemoved).to.equal(false);
    answer.resolve(Buffer.alloc(1));
    await removing;
    bench.expectNothingLeft();
  });
});
