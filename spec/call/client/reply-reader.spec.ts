import { expect } from 'chai';

import { UnderWay } from '../../../lib/base/under-way.ts';
import { WaitGuard } from '../../../lib/base/waiting.ts';
import type { PendingCall } from '../../../lib/call/client/pending-call.ts';
import { type ReplyListener, ReplyReader } from '../../../lib/call/client/reply-reader.ts';
import { RequestWriter } from '../../../lib/call/client/request-writer.ts';
import { SessionFrames } from '../../../lib/call/client/session-frames.ts';
import { SentCalls } from '../../../lib/call/client/sent-calls.ts';
import { Keepalive } from '../../../lib/connection/link/keepalive.ts';
import { Link } from '../../../lib/connection/link/link.ts';
import { type StatValues, zeroStats } from '../../../lib/diagnostics/stats.ts';
import { encodeError } from '../../../lib/document/error-document.ts';
import {
  ClosedError,
  MessageTooLargeError,
  RefusedError,
  ProtocolError,
  RemoteError,
  SerializationError,
  UnknownExceptionError,
  UnknownVerbError,
} from '../../../lib/errors/errors.ts';
import { bson } from '../../../lib/serializer/bson/bson.ts';
import type { Limits } from '../../../lib/settings/limits.ts';
import { Children } from '../../../lib/stream/handles/children.ts';
import { type Verb, verb } from '../../../lib/verb/verb.ts';
import { encodeMainMessage, type MainMessage } from '../../../lib/wire/main-message.ts';
import { BYTES, makeCall } from '../../support/attachment-bench.ts';
import { capabilitiesIf, testAgreed } from '../../support/agreed.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { ScriptedSocket } from '../../support/scripted-socket.ts';
import { type TestEnvironment, testEnvironment } from '../../support/test-environment.ts';
import { turns } from '../../support/turns.ts';
import {
  refusedException,
  replyBytes,
  u32le,
  u64le,
  userException,
} from '../../support/wire-bytes.ts';

const VALUE: Verb<() => unknown> = verb(8);

/** A reader of replies whose server and listener the test plays. */
class Bench implements ReplyListener {
  readonly environment: TestEnvironment;
  readonly socket: ScriptedSocket = new ScriptedSocket();
  readonly stats: StatValues = zeroStats();
  readonly calls: SentCalls;
  readonly link: Link;
  readonly reader: ReplyReader;
  /** What the listener was told. */
  readonly told: unknown[] = [];
  isSentElsewhere: boolean = false;
  readonly answers: MainMessage[] = [];

  onLost(): boolean {
    return this.isSentElsewhere;
  }

  onReceived(): void {
    this.told.push('received');
  }

  constructor(
    options: { hasDuration?: boolean; hasExtension?: boolean; limits?: Partial<Limits> } = {},
  ) {
    const { hasDuration = false, hasExtension = true, limits } = options;
    const environment = testEnvironment(limits);
    const { stats } = this;
    this.environment = environment;
    this.link = new Link(this.socket, environment, 1_000);
    const children = new Children(bson, undefined);
    const main = {
      environment,
      link: this.link,
      agreed: testAgreed({
        hasHandlerDuration: hasDuration,
        capabilities: capabilitiesIf(hasExtension),
      }),
      children,
      stats,
      underWay: new UnderWay(),
      frames: new SessionFrames(false, 16),
    };
    this.calls = new SentCalls(main, new RequestWriter(main));
    const peer = { tellPeer: (message: MainMessage) => void this.answers.push(message) };
    const keepalive = hasExtension ? new Keepalive(environment, this.link, peer) : undefined;
    this.reader = new ReplyReader(main, this.calls, keepalive, this);
  }

  onRefused(pending: PendingCall, text: string): boolean {
    this.told.push(['refused', pending.messageId, text]);
    return this.isSentElsewhere;
  }

  onGoingAway(message: MainMessage): void {
    this.told.push(message);
  }

  onConnectionEnd(cause: unknown): void {
    this.told.push(cause);
  }

  /** Begins to read. */
  start(): this {
    this.link.start(this.reader);
    return this;
  }

  send(called: Verb<() => unknown> = VALUE): Promise<unknown> {
    const { pending, result } = makeCall(called, []);
    this.calls.send(pending);
    return result;
  }

  receive(...parts: Uint8Array[]): void {
    this.socket.handlers.onData(Buffer.concat(parts));
  }

  get lines(): readonly string[] {
    return this.environment.lines.lines;
  }
}

/** An exception of any type. */
function exception(type: number, data: Uint8Array): Buffer {
  return Buffer.concat([u32le(type), u32le(data.length), data]);
}

describe('ReplyReader', () => {
  it('settles each call by its id, wherever a chunk ends', async () => {
    const bench = new Bench().start();
    const calls = [0, 1].map(() => {
      const { pending, result } = makeCall(BYTES, [Buffer.from('a')]);
      bench.calls.send(pending);
      return result;
    });
    const bytes = Buffer.concat([
      replyBytes(2n, Buffer.from('second')),
      replyBytes(1n, Buffer.from('first')),
    ]);
    for (const byte of bytes) bench.receive(Buffer.from([byte]));
    expect(await Promise.all(calls)).to.deep.equal([Buffer.from('first'), Buffer.from('second')]);
    expect(bench.stats).to.include({ replied: 2, waitReply: 0, unknownReplies: 0 });
  });

  it('gives each kind of exception as its error', async () => {
    const structured = encodeError(new RangeError('out of range'));
    const cases = [
      [userException('as asked'), RemoteError, 'as asked'],
      [exception(1, u64le(8)), UnknownVerbError, '8'],
      [exception(0x534c_0002, Buffer.from('not now')), RefusedError, 'not now'],
      [exception(0x534c_0001, structured), RangeError, 'out of range'],
      [exception(77, Buffer.alloc(0)), UnknownExceptionError, '77'],
    ] as const;
    const bench = new Bench().start();
    let id = 0n;
    for (const [payload, kind, text] of cases) {
      const result = bench.send();
      bench.receive(replyBytes(-++id, payload));
      const error: Error = await rejectionOf<Error>(result, kind);
      expect(error.message).to.contain(text);
    }
    expect(bench.stats).to.include({ exceptionReceived: 5, replied: 0 });
  });

  it('fails only its call by a result that does not decode, or is above the limit', async () => {
    const bench = new Bench({ limits: { maxReplyBytes: 5, maxSkipBytes: 100 } }).start();
    const [odd, large, good] = [
      bench.send(),
      bench.send(),
      bench.send(BYTES as Verb<() => unknown>),
    ];
    bench.receive(replyBytes(1n, Buffer.from('nope')));
    bench.receive(replyBytes(2n, Buffer.alloc(6)));
    bench.receive(replyBytes(3n, Buffer.from('good')));
    await rejectionOf(odd, SerializationError);
    expect(await rejectionOf(large, MessageTooLargeError)).to.include({
      scope: 'call',
      initiator: 'remote',
    });
    expect(await good).to.deep.equal(Buffer.from('good'));
    expect(bench.link.phase).to.equal('open');
  });

  it('ends the connection by a reply that is too large to be skipped', async () => {
    const bench = new Bench({ limits: { maxReplyBytes: 5, maxSkipBytes: 100 } }).start();
    const result = bench.send();
    bench.receive(replyBytes(1n, Buffer.alloc(101)).subarray(0, 12));
    expect(await rejectionOf(result, MessageTooLargeError)).to.include({ scope: 'connection' });
    await turns(1);
    expect(bench.link.phase).to.equal('closed');
    expect(bench.told[0]).to.be.instanceOf(MessageTooLargeError);
    expect(bench.lines.at(-1)).to.contain('connection dropped');
  });

  it('lets late replies pass, and counts those that nobody asked for', () => {
    const bench = new Bench().start();
    void bench.send();
    expect(bench.calls.take(1)).not.to.equal(undefined);
    bench.receive(replyBytes(1n, Buffer.from('late')));
    expect(bench.stats.unknownReplies).to.equal(0);
    bench.receive(replyBytes(9n, Buffer.from('odd')));
    expect(bench.stats.unknownReplies).to.equal(1);
    expect(bench.lines.at(-1)).to.contain('msg_id 9: a reply to no call of ours');
  });

  it('measures how long a reply was under way, where the handler’s time is told', async () => {
    const bench = new Bench({ hasDuration: true }).start();
    const result = bench.send(BYTES as Verb<() => unknown>);
    bench.environment.clock.advance(10);
    const reply = replyBytes(1n, Buffer.from('a'));
    bench.receive(reply.subarray(0, 12), u32le(4_000), reply.subarray(12));
    await result;
    expect(bench.stats.delaySamples).to.equal(1);
    expect(bench.stats.delayTotal).to.be.closeTo(0.006, 1e-9);
  });

  it('gives main messages to those whom they concern', async () => {
    const bench = new Bench().start();
    bench.receive(replyBytes(0n, encodeMainMessage({ kind: 'ping', number: 3 })));
    expect(bench.answers).to.deep.equal([{ kind: 'pong', number: 3 }]);
    const goingAway = { kind: 'going-away', graceMs: 5 } as const;
    bench.receive(replyBytes(0n, encodeMainMessage(goingAway)));
    expect(bench.told).to.deep.equal([goingAway]);
  });

  it('E1-floods ends the connection of a server that says what only clients may', () => {
    for (const message of [
      { kind: 'call-cancel', messageId: 1, reason: Buffer.alloc(0) },
      { kind: 'stream-refused', number: 2, reason: Buffer.alloc(0) },
    ] as const) {
      const bench = new Bench().start();
      bench.receive(replyBytes(0n, encodeMainMessage(message)));
      expect(bench.link.cause).to.be.instanceOf(ProtocolError);
      expect(bench.lines.join()).to.contain(`the server sent ${message.kind}`);
    }
  });

  it('settles no call that was refused and is sent elsewhere, and its time goes on', async () => {
    for (const isSentElsewhere of [true, false]) {
      const bench = new Bench().start();
      bench.isSentElsewhere = isSentElsewhere;
      const { pending, result } = makeCall(VALUE, []);
      const outcome = follow(result);
      const { clock } = bench.environment;
      const about = { what: 'the call', scope: 'call' } as const;
      pending.guard = new WaitGuard(clock, { timeoutMs: 1_000 }, about, () => {});
      bench.calls.send(pending);
      bench.receive(replyBytes(-1n, refusedException('the server is closing')));
      await turns(1);
      expect(bench.told).to.deep.equal([['refused', 1, 'the server is closing']]);
      expect(outcome.outcome === undefined).to.equal(isSentElsewhere);
      expect(clock.pendingTimers).to.equal(isSentElsewhere ? 1 : 0);
      pending.guard.end();
    }
  });

  it('takes id 0 for a reply where there is no extension', () => {
    const bench = new Bench({ hasExtension: false }).start();
    bench.receive(replyBytes(0n, encodeMainMessage({ kind: 'ping', number: 3 })));
    expect(bench.answers).to.deep.equal([]);
    expect(bench.stats.unknownReplies).to.equal(1);
  });

  it('tells how the connection ended, and what the end has cut', async () => {
    const cases: [Buffer, string][] = [
      [Buffer.alloc(0), 'the server closed the connection'],
      [replyBytes(1n, Buffer.from('abc')).subarray(0, 14), 'unexpected eof'],
    ];
    for (const [bytes, text] of cases) {
      const bench = new Bench().start();
      const pending = follow(bench.send());
      bench.receive(bytes);
      bench.socket.handlers.onEnd();
      expect(bench.told[0]).to.be.instanceOf(ClosedError);
      expect((bench.told[0] as Error).message).to.contain(text);
      expect(bench.link.phase).to.equal('closing');
      await turns(1);
      expect(pending.outcome, 'failed by the listener').to.equal(undefined);
      bench.link.abort(undefined);
      await turns(1);
    }
  });
});
