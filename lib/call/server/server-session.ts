import { UnderWay } from '../../base/under-way.ts';
import { peerName } from '../../connection/link/peer-name.ts';
import { ProofChecker, type SessionKey } from '../../connection/handshake/proof.ts';
import { ClosedError, ProtocolError, RefusedError } from '../../errors/errors.ts';
import { Leaks } from '../../stream/half/leaks.ts';
import { Children } from '../../stream/handles/children.ts';
import { ValueStreams } from '../../stream/value/value-streams.ts';
import type { Peer } from '../../transport/transport.ts';
import { ReceivedFrames } from '../../wire/frame-positions.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import { Gate } from '../limits/gate.ts';
import { SentLog } from '../resume/sent-log.ts';
import type { AcceptedClient } from './accepted-client.ts';
import type { CallParts } from './call-parts.ts';
import { ClientLog } from './client-log.ts';
import { Dispatcher } from './dispatcher.ts';
import { Failures } from './failures.ts';
import type { ContextOwner } from './handler-context.ts';
import { ReplyWriter } from './reply-writer.ts';
import type { FrameNotes } from './request-reader.ts';
import { ResumedCalls } from './resumed-calls.ts';
import type { ServerCore } from './server-core.ts';

/** The main connection that a session has now. */
export interface SessionConnection {
  /** The client has come back on another connection: this one ends at once, and is not read. */
  fence(cause: unknown): void;
  /** Closes the connection for this reason. */
  abort(cause: unknown): void;
}

/** The frames of a session that outlives its connections. */
interface Frames {
  readonly sent: SentLog;
  readonly received: ReceivedFrames;
}

/**
 * Whether a session has a connection.
 *
 *     live --lose--> away --resume--> live --resume: the old connection is fenced--> live
 *       \               \
 *        `--end--> over  `--end--> over
 */
type SessionPhase = 'live' | 'away' | 'over';

/** A session that is kept counts so much beside its frames. */
const SESSION_BYTES = 8_192;

/**
 * Everything of a client that can outlive its main connection: calls that go on, streams in values,
 * frames that are kept, and the facts of the client. With a peer that does not resume it has one
 * connection, and ends with it.
 */
export class ServerSession implements ContextOwner, FrameNotes {
  /** The first connection's id, which is the parent id of all proofs of a resume. */
  readonly firstId: bigint;
  /** Undefined for a client without streams, or without our extension. */
  readonly key: SessionKey | undefined;
  /** Judges the proofs of its children and of its resumes; undefined if there are none. */
  readonly proofs: ProofChecker | undefined;
  readonly client: AcceptedClient;
  readonly auxiliary: Map<string, unknown> = new Map<string, unknown>();
  readonly leaks: Leaks;
  /** Counts running handlers and open streams, and that it is away with something to lose. */
  readonly underWay: UnderWay = new UnderWay();
  readonly parts: CallParts;
  readonly dispatcher: Dispatcher;
  readonly #core: ServerCore;
  readonly #valueStreams: ValueStreams | undefined;
  /** Undefined if it ends with its connection. */
  readonly #frames: Frames | undefined;
  #connection: SessionConnection | undefined;
  #peer: Peer;
  #connectionId: bigint;
  #phase: SessionPhase = 'live';
  /** Whether the client has closed it in order. */
  #isReleased = false;
  /** Whether it holds up the end of a server that is closed in order. */
  #isHeld = false;
  /** Set from a resume until the client has told which calls it waits for. */
  #resumed: ResumedCalls | undefined;
  #drainCause: Error | undefined;

  constructor(core: ServerCore, client: AcceptedClient) {
    const { environment, stats, resources } = core;
    const { agreed, link } = client;
    const { capabilities, session: key, connectionId } = agreed;
    this.#core = core;
    this.client = client;
    this.firstId = this.#connectionId = connectionId;
    this.#peer = link.peer;
    this.key = key;
    this.proofs = key && new ProofChecker(key, connectionId);
    const name = peerName('client', link.peer);
    this.leaks = new Leaks(environment.collector, { log: environment.log, who: name, stats });
    if (key !== undefined && capabilities.resume) {
      const sent = new SentLog(core.sessions.limits.sessionReplyBytes);
      this.#frames = { sent, received: new ReceivedFrames() };
    }
    this.#valueStreams = key && new ValueStreams(environment, this.leaks);
    const children = new Children(environment.serializer, this.#valueStreams);
    const { hasHandlerDuration } = agreed;
    const replies = new ReplyWriter(core, link, children, hasHandlerDuration, this.#frames?.sent);
    if (this.#valueStreams !== undefined && this.#frames !== undefined) {
      this.#valueStreams.awayPeer = { tellPeer: (message) => this.tellPeer(message) };
    }
    this.parts = {
      log: new ClientLog(environment.log, name),
      gate: new Gate(environment.clock, core.memory, resources, link.writer),
      children,
      replies,
      failures: new Failures(core, replies, capabilities.structuredErrors),
      underWay: this.underWay,
    };
    this.dispatcher = new Dispatcher(core, this.parts, client.group);
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  /** The client, at its last connection. */
  get peer(): Peer {
    return this.#peer;
  }

  /** The id of its last connection. */
  get connectionId(): bigint {
    return this.#connectionId;
  }

  get principal(): unknown {
    return this.client.principal;
  }

  get isolation(): string | undefined {
    return this.client.isolation;
  }

  /** Set if frames are counted, because it can be resumed. */
  get notes(): FrameNotes | undefined {
    return this.#frames && this;
  }

  /** The highest message id that was received. */
  get position(): number {
    return this.#frames?.received.position ?? 0;
  }

  /** Whether the client has come back, and has not told yet which calls it waits for. */
  get isInReview(): boolean {
    return this.#resumed !== undefined;
  }

  /** Set once the server has begun to close in order. */
  get drainCause(): Error | undefined {
    return this.#drainCause;
  }

  get valueStreams(): ValueStreams | undefined {
    return this.#valueStreams;
  }

  /** The memory that it counts for while it is away. */
  get bytes(): number {
    return SESSION_BYTES + (this.#frames?.sent.bytes ?? 0);
  }

  /** Whether its end would lose anything that is known here: a call, a reply, a stream. */
  get hasWork(): boolean {
    const streams = this.#valueStreams;
    const hasStreams = streams !== undefined && streams.producedCount + streams.consumedCount > 0;
    return hasStreams || !this.dispatcher.ongoing.isEmpty || this.#frames?.sent.hasReplies === true;
  }

  /** Whether this is the connection that it has now. */
  isOn(connection: SessionConnection): boolean {
    return this.#connection === connection;
  }

  /** It has this connection from now on. */
  attach(connection: SessionConnection): void {
    this.#connection = connection;
  }

  onFrame(messageId: number, frameBytes: number): void {
    const received = this.#frames?.received;
    if (received === undefined) return;
    received.receive(frameBytes, Math.max(messageId, received.position));
    if (!received.isDue) return;
    this.parts.replies.tellPeer({ kind: 'received', position: received.tell() });
  }

  /** Sends the client a main message, or keeps it for the next connection. */
  tellPeer(message: MainMessage): void {
    this.parts.replies.tellPeer(message);
    if (this.#frames?.sent.isOverfull !== true) return;
    const text = 'the client has not received what is kept for it, and more may not be kept';
    this.abort(new RefusedError(text, { scope: 'connection', initiator: 'remote' }));
  }

  /** Handles a message about the session. Returns false for any other message. @throws ProtocolError */
  onMainMessage(message: MainMessage): boolean {
    switch (message.kind) {
      case 'received':
        this.#frames?.sent.recvReceived(message.position);
        return true;
      case 'calls-pending':
        this.#onCallsPending(message.messageIds);
        return true;
      case 'session-end':
        this.#isReleased = true;
        return true;
      default:
        return false;
    }
  }

  /** The server begins to close in order. Resolves once nothing of it is under way. */
  drain(cause: Error): Promise<void> {
    this.#drainCause = cause;
    this.dispatcher.drain(cause);
    this.review();
    return this.underWay.whenIdle();
  }

  /**
   * Its connection is lost. Returns whether it goes on without one. If not, it is over, except for its
   * streams in values: end them when the connection has ended them.
   */
  lose(cause: unknown): boolean {
    const isKept = this.#frames !== undefined && !this.#isReleased && this.#core.sessions.isOpen;
    if (!isKept) {
      this.end(cause);
      return false;
    }
    this.#detach(this.#frames.sent);
    this.#phase = 'away';
    this.#hold(this.hasWork);
    this.dispatcher.ongoing.onEmpty = () => this.review();
    this.#core.sessions.onAway(this);
    return true;
  }

  /** Whether the client can have received so many frames of it. */
  canResumeAt(received: number): boolean {
    return this.#phase !== 'over' && this.#frames?.sent.canResumeAt(received) === true;
  }

  /** The client comes back: ends the old connection, which is not read any more. */
  fence(): void {
    const cause = new ClosedError('the client has gone on with another connection', 'remote');
    const frames = this.#frames;
    if (this.#phase === 'live' && frames !== undefined) {
      const connection = this.#connection;
      this.#detach(frames.sent);
      connection?.fence(cause);
    }
    this.#core.sessions.onBack(this);
  }

  /**
   * Goes on with a fenced session on this client's connection. Kept messages go out at once.
   *
   * @param received - the frames that the client has received. It can have received so many.
   */
  resume({ link, agreed }: AcceptedClient, received: number): void {
    const frames = this.#frames;
    if (frames === undefined) return;
    const { dispatcher, parts } = this;
    const { gate, replies } = parts;
    this.#phase = 'live';
    this.#peer = link.peer;
    this.#connectionId = agreed.connectionId;
    dispatcher.ongoing.onEmpty = undefined;
    this.#hold(true);
    frames.sent.resumeAt(received);
    parts.children = new Children(this.#core.environment.serializer, this.#valueStreams);
    gate.attach(link.writer);
    const calls = { ongoing: dispatcher.ongoing, replies, log: frames.sent };
    this.#resumed = new ResumedCalls(calls, frames.received.position);
    replies.attach(link, parts.children, agreed.hasHandlerDuration);
  }

  /** While it is away, what could be lost may change. */
  review(): void {
    if (this.#phase !== 'away') return;
    this.#hold(this.hasWork);
    this.#core.sessions.onChanged(this);
  }

  /** Closes its connection, and ends it. */
  abort(cause: unknown): void {
    if (this.#phase === 'away') this.endAway(cause);
    else this.#connection?.abort(cause);
  }

  /** It is over, without a connection. */
  endAway(cause: unknown): void {
    this.end(cause);
    this.#valueStreams?.end(cause);
  }

  /** It is over, except for its streams in values. */
  end(cause: unknown): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.dispatcher.ongoing.onEmpty = undefined;
    this.dispatcher.end(cause);
    this.#resumed = undefined;
    this.#hold(false);
    this.#core.sessions.onOver(this);
  }

  /** Nothing goes out any more, and what must not be lost is kept. */
  #detach(sent: SentLog): void {
    this.#connection = undefined;
    this.#resumed = undefined;
    this.parts.replies.detach(sent);
    this.#valueStreams?.detach();
  }

  #hold(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    if (isHeld) this.underWay.enter();
    else this.underWay.leave();
  }

  #onCallsPending(messageIds: readonly number[]): void {
    if (this.#resumed === undefined) {
      throw new ProtocolError('a list of pending calls that no resume has asked for');
    }
    if (!this.#resumed.take(messageIds)) return;
    this.#resumed = undefined;
    this.#hold(false);
  }
}
