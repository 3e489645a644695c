import { expect } from 'chai';

import { Deferred } from '../../../lib/base/deferred.ts';
import { SessionRegistry } from '../../../lib/call/door/session-registry.ts';
import { SESSION_RULES } from '../../../lib/call/resume/session-rules.ts';
import { ServerSession } from '../../../lib/call/server/server-session.ts';
import { defaultsOf } from '../../../lib/base/bounds.ts';
import { MAIN_MESSAGE_VERB } from '../../../lib/call/common/main-messages.ts';
import {
  type ConnectionKeeper,
  ServerConnection,
} from '../../../lib/call/server/server-connection.ts';
import type { HandlerContext } from '../../../lib/call/server/handler-context.ts';
import { capabilitiesOf } from '../../../lib/connection/handshake/capabilities.ts';
import { makeSessionKey } from '../../../lib/connection/handshake/proof.ts';
import { encodeCancel } from '../../../lib/document/cancel-document.ts';
import { CanceledError, ClosedError, ProtocolError } from '../../../lib/errors/errors.ts';
import { bson } from '../../../lib/serializer/bson/bson.ts';
import { ChildConnection } from '../../../lib/stream/child/child-connection.ts';
import { decodeException, type ExceptionBody } from '../../../lib/wire/exception-body.ts';
import {
  decodeMainMessage,
  encodeMainMessage,
  type MainMessage,
} from '../../../lib/wire/main-message.ts';
import { testAgreed } from '../../support/agreed.ts';
import { linkInMemory, type MemoryPeer } from '../../support/memory-peer.ts';
import { Counter } from '../../support/passing.ts';
import { follow } from '../../support/rejection.ts';
import {
  acceptedClient,
  serve,
  testCore,
  type TestCore,
  type TestCoreOptions,
} from '../../support/server-bench.ts';
import { turns } from '../../support/turns.ts';
import { requestBytes } from '../../support/wire-bytes.ts';

const NOTHING = Buffer.alloc(0);
const VERSION = 2;
/** The version in which sessions are kept. */
const KEEPING = 3;

/** A main connection in memory, whose client and acceptor the test plays. */
class Bench {
  readonly core: TestCore;
  readonly peer: MemoryPeer;
  readonly connection: ServerConnection;
  readonly contexts: HandlerContext[] = [];
  closedCount = 0;
  /** Above those of the requests that tests write themselves. */
  #messageId = 100n;

  private constructor(core: TestCore, peer: MemoryPeer, connection: ServerConnection) {
    this.core = core;
    this.peer = peer;
    this.connection = connection;
  }

  /** @param rest - the bytes that came with the negotiation. */
  static async create(
    options: TestCoreOptions & {
      extensionVersion?: number;
      rest?: Buffer;
      onStarted?: ConnectionKeeper['onStarted'];
    } = {},
  ): Promise<Bench> {
    const { extensionVersion = 0, rest = NOTHING, onStarted = () => {}, ...coreOptions } = options;
    const core = testCore(coreOptions);
    const session = makeSessionKey(core.environment.random);
    const { client, peer } = await acceptedClient(core, {
      capabilities: capabilitiesOf(extensionVersion),
      session: extensionVersion === 0 ? undefined : session,
      keepMs: extensionVersion < KEEPING ? undefined : 1_000,
    });
    const keeper: ConnectionKeeper = {
      onStarted,
      onClosed: () => void bench.closedCount++,
    };
    const sessions = new SessionRegistry(core.environment, defaultsOf(SESSION_RULES));
    const kept = new ServerSession(core, client, sessions);
    const connection = new ServerConnection(core, client, keeper, kept);
    const bench = new Bench(core, peer, connection);
    client.link.start(connection);
    client.link.pause();
    connection.start(rest);
    return bench;
  }

  /** A verb with a handler that waits for `answer`, and notes its context. */
  serve(verb: number, answer: unknown): void {
    serve(this.core, verb, (context) => {
      this.contexts.push(context);
      return answer;
    });
  }

  /** The client says something beside its calls. */
  async tell(message: MainMessage): Promise<void> {
    const payload = encodeMainMessage(message);
    await this.peer.send(requestBytes(MAIN_MESSAGE_VERB, ++this.#messageId, payload));
  }

  /** The main messages that came; other replies are left out. */
  async told(): Promise<(MainMessage | undefined)[]> {
    const replies = await this.peer.takeReplies();
    const main = replies.filter(({ messageId }) => messageId === 0);
    return main.map(({ payload }) => decodeMainMessage(payload));
  }

  /** The exceptions that came; other replies are left out. */
  async exceptions(): Promise<ExceptionBody[]> {
    const replies = await this.peer.takeReplies();
    const exceptions = replies.filter(({ messageId }) => messageId < 0);
    return exceptions.map(({ payload }) => decodeException(payload));
  }

  /** A child connection that a call has named. */
  async addChild(id: bigint): Promise<MemoryPeer> {
    const { link, peer } = await linkInMemory(this.core.environment);
    const agreed = testAgreed({ connectionId: id, isAccepted: true });
    const child = new ChildConnection(link, agreed, this.connection);
    this.connection.streams.addChild(child);
    link.start(child);
    child.start(NOTHING);
    child.setNaming('named');
    return peer;
  }

  /** Closes it, and sees to it that nothing is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.abort(new ClosedError('the test is over', 'local'));
    await turns(10);
    expect(this.closedCount).to.equal(1);
    const { clock } = this.core.environment;
    expect([clock.pendingTimers, this.core.memory.usedBytes]).to.deep.equal([0, 0]);
  }
}

describe('ServerConnection', () => {
  it('serves what came with the negotiation, and what comes later', async () => {
    await using bench = await Bench.create({ rest: requestBytes(7, 1n, NOTHING) });
    bench.serve(7, NOTHING);
    await bench.peer.send(requestBytes(7, 2n, NOTHING));
    const [unknown, served] = await bench.peer.takeReplies();
    expect([unknown?.messageId, served?.messageId]).to.deep.equal([-1, 2]);
    expect(bench.contexts[0]).to.include({ connectionId: 5n });
  });

  it('F5 drops a client whose request does not come whole in time, with a word in the log', async () => {
    await using bench = await Bench.create({ resources: { arrivalTimeoutMs: 1_000 } });
    await bench.peer.send(requestBytes(7, 1n, Buffer.alloc(100)).subarray(0, 50));
    bench.core.environment.clock.advance(1_000);
    expect(bench.connection.isEnded).to.equal(true);
    expect(bench.core.environment.lines.lines[0]).to.match(/warn client .*arrivalTimeoutMs/);
    expect(bench.core.memory.usedBytes).to.equal(0);
  });

  it('F24 refuses a request that finds no memory with a word that another try may succeed', async () => {
    const resources = { maxMemoryBytes: 100, memoryWaitMs: 50 };
    await using bench = await Bench.create({ resources, extensionVersion: VERSION });
    bench.core.memory.tryTake(100);
    await bench.peer.send(requestBytes(7, 1n, Buffer.alloc(10)));
    bench.core.environment.clock.advance(50);
    bench.core.memory.give(100);
    expect((await bench.exceptions()).map(({ kind }) => kind)).to.deep.equal(['refused']);
  });

  it('serves nothing and watches nothing if it is turned away at its start', async () => {
    await using bench = await Bench.create({
      extensionVersion: VERSION,
      rest: requestBytes(7, 1n, NOTHING),
      onStarted: (connection) => connection.abort(new ClosedError('turned away', 'local')),
    });
    expect(bench.core.environment.clock.pendingTimers).to.equal(0);
    expect(await bench.peer.takeReplies()).to.deep.equal([]);
  });

  describe('with main messages', () => {
    it('answers a ping with its number', async () => {
      await using bench = await Bench.create({ extensionVersion: VERSION });
      await bench.tell({ kind: 'ping', number: 4 });
      expect(await bench.told()).to.deep.equal([{ kind: 'pong', number: 4 }]);
    });

    it('takes no notice of a pong that it did not ask for', async () => {
      await using bench = await Bench.create({ extensionVersion: VERSION });
      await bench.tell({ kind: 'pong', number: 0 });
      await bench.tell({ kind: 'pong', number: 17 });
      expect(await bench.told()).to.deep.equal([]);
      expect(bench.connection.isEnded).to.equal(false);
      expect(bench.core.environment.lines.lines).to.deep.equal([]);
    });

    it('takes no notice of kinds that it does not know', async () => {
      await using bench = await Bench.create({ extensionVersion: VERSION });
      await bench.peer.send(requestBytes(MAIN_MESSAGE_VERB, 1n, Buffer.from([0x7f, 1, 2])));
      expect(await bench.peer.take()).to.deep.equal(NOTHING);
      expect(bench.connection.isEnded).to.equal(false);
    });

    it('E1-floods closes the connection of a client that says what only servers may', async () => {
      for (const message of [
        { kind: 'stream-open', number: 2 },
        { kind: 'stream-taken', number: 2 },
        { kind: 'going-away', graceMs: 1 },
      ] as const) {
        await using bench = await Bench.create({ extensionVersion: VERSION });
        await bench.tell(message);
        expect(bench.connection.isEnded).to.equal(true);
        expect(bench.core.environment.lines.lines.join()).to.contain(
          `the client sent ${message.kind}`,
        );
        expect(await bench.told()).to.deep.equal([]);
      }
    });

    it('fires the signal of the call that is canceled, with the client’s reason', async () => {
      await using bench = await Bench.create({ extensionVersion: VERSION });
      const answer = new Deferred<Buffer>();
      bench.serve(7, answer.promise);
      await bench.peer.send(requestBytes(7, 1n, NOTHING), requestBytes(7, 2n, NOTHING));
      const reason = encodeCancel({ reason: new Error('enough'), path: [] });
      await bench.tell({ kind: 'call-cancel', messageId: 1, reason });
      expect(bench.contexts.map(({ isOver }) => isOver)).to.deep.equal([true, false]);
      expect(bench.contexts[0]?.signal.reason).to.be.instanceOf(CanceledError);
      answer.resolve(NOTHING);
      const replies = await bench.peer.takeReplies();
      expect(replies.map(({ messageId }) => messageId)).to.deep.equal([2]);
    });

    it('takes their verb for an unknown one without our extension', async () => {
      await using bench = await Bench.create();
      await bench.tell({ kind: 'ping', number: 4 });
      const [exception] = await bench.exceptions();
      expect(exception?.kind).to.equal('unknown-verb');
    });
  });

  it('ends the streams of a result that has crossed the cancel of its call', async () => {
    await using bench = await Bench.create({
      extensionVersion: VERSION,
      serializer: bson,
    });
    const counter = new Counter();
    serve(bench.core, 7, (context) => {
      bench.contexts.push(context);
      return counter.items();
    });
    await bench.peer.send(requestBytes(7, 1n, emptyDocument()));
    expect([bench.connection.isIdle, bench.contexts[0]?.isOver]).to.deep.equal([false, false]);
    const reason = encodeCancel({ reason: new Error('enough'), path: [] });
    await bench.tell({ kind: 'call-cancel', messageId: 1, reason });
    expect([bench.connection.isIdle, bench.contexts[0]?.isOver]).to.deep.equal([true, true]);
    expect(counter.started, 'nobody has asked for an item').to.equal(0);
  });

  describe('while it drains', () => {
    it('is idle at once when nothing is under way, and says that it goes away', async () => {
      await using bench = await Bench.create({ extensionVersion: VERSION });
      await bench.connection.drain(5_000);
      expect(bench.connection.isIdle).to.equal(true);
      expect(await bench.told()).to.deep.equal([{ kind: 'going-away', graceMs: 5_000 }]);
    });

    it('asks a client that comes back, and refuses its calls until it has heard', async () => {
      await using bench = await Bench.create({ extensionVersion: KEEPING });
      bench.serve(7, NOTHING);
      const draining = follow(bench.connection.drain(5_000));
      expect(await bench.told()).to.deep.equal([
        { kind: 'going-away', graceMs: 5_000 },
        { kind: 'ping', number: 1 },
      ]);
      await bench.peer.send(requestBytes(7, 1n, NOTHING));
      expect(await bench.exceptions()).to.deep.equal([
        { kind: 'refused', text: 'the server is closing' },
      ]);
      expect(draining.outcome).to.equal(undefined);
      await bench.tell({ kind: 'pong', number: 1 });
      expect(draining.outcome).to.deep.equal({ value: undefined });
    });

    it('waits 5 s at most for a client that answers nothing, and for none that is gone', async () => {
      for (const isGone of [false, true]) {
        await using bench = await Bench.create({ extensionVersion: KEEPING });
        const { clock } = bench.core.environment;
        const draining = follow(bench.connection.drain(3_600_000));
        await bench.told();
        clock.advance(4_999);
        await turns(10);
        expect(draining.outcome).to.equal(undefined);
        if (isGone) await bench.peer.destroy();
        else clock.advance(1);
        await turns(10);
        expect(draining.outcome).to.deep.equal({ value: undefined });
        // That of a client that is gone waits for it.
        bench.connection.session.abort(new Error('the test is over'));
      }
    });

    it('waits for handlers and for children, and for children that come meanwhile', async () => {
      await using bench = await Bench.create();
      const answer = new Deferred<Buffer>();
      bench.serve(7, answer.promise);
      await bench.peer.send(requestBytes(7, 1n, NOTHING));
      const first = await bench.addChild(21n);
      const draining = follow(bench.connection.drain(5_000));
      answer.resolve(NOTHING);
      await turns(10);
      expect(draining.outcome, 'a child is open').to.equal(undefined);
      const second = await bench.addChild(22n);
      await first.destroy();
      expect([draining.outcome, bench.connection.isIdle]).to.deep.equal([undefined, false]);
      await second.destroy();
      expect([draining.outcome, bench.connection.isIdle]).to.deep.equal([
        { value: undefined },
        true,
      ]);
    });

    it('waits for a stream in a result that nobody has asked for yet', async () => {
      await using bench = await Bench.create({
        extensionVersion: VERSION,
        serializer: bson,
      });
      const counter = new Counter();
      serve(bench.core, 7, () => counter.items());
      await bench.peer.send(requestBytes(7, 1n, emptyDocument()));
      const draining = follow(bench.connection.drain(5_000));
      await turns(10);
      expect(draining.outcome).to.equal(undefined);
      await bench.tell({ kind: 'stream-cancel', number: 2, reason: NOTHING });
      expect(draining.outcome).to.deep.equal({ value: undefined });
      expect(counter.started, 'it was never begun').to.equal(0);
    });

    it('refuses new calls, gives their budget back and still takes main messages', async () => {
      await using bench = await Bench.create({ extensionVersion: VERSION });
      bench.serve(7, NOTHING);
      await bench.connection.drain(5_000);
      await bench.told();
      await bench.peer.send(requestBytes(7, 1n, NOTHING));
      expect(await bench.exceptions()).to.deep.equal([
        { kind: 'refused', text: 'the server is closing' },
      ]);
      expect([bench.contexts.length, bench.core.memory.usedBytes]).to.deep.equal([0, 0]);
      await bench.tell({ kind: 'ping', number: 4 });
      expect(await bench.told()).to.deep.equal([{ kind: 'pong', number: 4 }]);
    });

    it('refuses them in words without our extension, and announces nothing', async () => {
      await using bench = await Bench.create();
      bench.serve(7, NOTHING);
      await bench.connection.drain(5_000);
      expect(await bench.told()).to.deep.equal([]);
      await bench.peer.send(requestBytes(7, 1n, NOTHING));
      expect(await bench.exceptions()).to.deep.equal([
        { kind: 'user', text: 'the server is closing' },
      ]);
    });
  });

  describe('at its end', () => {
    it('fires all signals by what is wrong with the client’s bytes, and says so in the log', async () => {
      await using bench = await Bench.create();
      bench.serve(7, new Promise(() => {}));
      await bench.peer.send(requestBytes(7, 2n, NOTHING), requestBytes(7, 1n, NOTHING));
      expect(bench.connection.isEnded).to.equal(true);
      expect(bench.contexts[0]?.signal.reason).to.be.instanceOf(ProtocolError);
      const { lines } = bench.core.environment.lines;
      expect(lines).to.have.length(1);
      expect(lines[0]).to.match(/^warn client .*: server connection dropped: message id 1 after 2/);
      await bench.peer.send(requestBytes(7, 3n, NOTHING));
      expect(bench.contexts, 'no more is read').to.have.length(1);
      bench.core.environment.clock.advance(60_000);
      await turns(10);
    });

    it('keeps the first cause of it', async () => {
      await using bench = await Bench.create();
      bench.serve(7, new Promise(() => {}));
      await bench.peer.send(requestBytes(7, 1n, NOTHING));
      const cause = new ClosedError('the server was closed', 'local');
      bench.connection.close(cause);
      bench.connection.abort(new Error('again'));
      expect(bench.contexts[0]?.signal.reason).to.equal(cause);
    });

    it('sends what was written, and takes the client’s end for one', async () => {
      await using bench = await Bench.create();
      const answer = new Deferred<Buffer>();
      bench.serve(7, answer.promise);
      bench.serve(8, NOTHING);
      await bench.peer.send(requestBytes(7, 1n, NOTHING), requestBytes(8, 2n, NOTHING));
      await bench.peer.end();
      expect(bench.contexts[0]?.signal.reason).to.be.instanceOf(ClosedError);
      expect((await bench.peer.takeReplies()).map(({ messageId }) => messageId)).to.deep.equal([2]);
      expect(bench.peer.recorder.events).to.include('end');
      expect(bench.connection.isIdle, 'a handler still runs').to.equal(false);
      answer.resolve(NOTHING);
      await turns(1);
      expect(bench.connection.isIdle).to.equal(true);
    });

    it('says which part of a request the client’s end has cut', async () => {
      await using bench = await Bench.create();
      await bench.peer.send(requestBytes(7, 1n, Buffer.alloc(10)).subarray(0, 25));
      await bench.peer.end();
      const { lines } = bench.core.environment.lines;
      expect(lines[0]).to.match(/unexpected eof on a server while reading data: expected 10 got 5/);
      expect(bench.core.memory.usedBytes).to.equal(0);
    });

    it('is told to its keeper once', async () => {
      const bench = await Bench.create();
      await bench.peer.destroy();
      bench.connection.abort(new Error('late'));
      await turns(10);
      expect(bench.closedCount).to.equal(1);
    });
  });

  it('is aborted by its client’s breaking off more streams than it may', async () => {
    await using bench = await Bench.create({ core: { brokenStreamsPerSecond: 1 } });
    let broken = 0;
    while (!bench.connection.isEnded && broken < 100) {
      const child = await bench.addChild(BigInt(21 + broken));
      await child.destroy();
      broken++;
    }
    expect(broken, 'ten seconds of them').to.equal(11);
    expect(bench.core.environment.lines.lines.at(-1)).to.contain('brokenStreamsPerSecond');
  });
});

/** A BSON document without elements: a call without arguments. */
function emptyDocument(): Buffer {
  return Buffer.from([5, 0, 0, 0, 0]);
}
