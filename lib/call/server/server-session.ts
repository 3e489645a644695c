import type { UnderWay } from '../../base/under-way.ts';
import { ProofChecker, type SessionKey } from '../../connection/handshake/proof.ts';
import { ClosedError, ProtocolError } from '../../errors/errors.ts';
import type { Peer } from '../../transport/transport.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import { tooManyKept } from '../common/kept-messages.ts';
import type { SentLog } from '../resume/sent-log.ts';
import type { AcceptedClient } from './accepted-client.ts';
import { ClientCalls } from './client-calls.ts';
import type { ContextOwner } from './handler-context.ts';
import type { FrameNotes } from './request-reader.ts';
import { ResumedCalls } from './resumed-calls.ts';
import type { SessionConnection } from './session-connection.ts';
import { SessionFrames } from './session-frames.ts';
import { SessionPrincipal } from './session-principal.ts';
import type { SessionRules } from '../resume/session-rules.ts';
import type { ServerCore } from './server-core.ts';

/** Keeps the sessions of a server that can outlive their connections. */
export interface SessionKeeper {
  readonly rules: SessionRules;
  /** Whether a session that loses its connection now is kept. */
  readonly isOpen: boolean;
  /** A session has lost its connection. */
  onAway(session: ServerSession): void;
  /** A session that is away has more or less to lose than before. */
  onChanged(session: ServerSession): void;
  /** The client has come back. */
  onBack(session: ServerSession): void;
  /** A session is over. */
  onOver(session: ServerSession): void;
}

/** Set for a session that can outlive its connection. */
interface Kept {
  readonly keeper: SessionKeeper;
  readonly frames: SessionFrames;
}

/**
 * Whether a session has a connection.
 *
 *     live --lose--> away --resume--> live --resume: the old connection is fenced--> live
 *       \               \
 *        `--end--> over  `--end--> over
 */
type SessionPhase = 'live' | 'away' | 'over';

/** A session that is kept counts so much beside its frames and streams. Bench: `bench:bounds`. */
const SESSION_BYTES = 20_480;

/**
 * Everything of a client that can outlive its main connection: calls that go on, streams in values,
 * frames that are kept, and the facts of the client. With a peer that does not resume it has one
 * connection, and ends with it.
 */
export class ServerSession implements ContextOwner {
  /** The first connection's id, which is the parent id of all proofs of a resume. */
  readonly firstId: bigint;
  /** Undefined for a client without streams, or without our extension. */
  readonly key: SessionKey | undefined;
  /** Judges the proofs of its children and of its resumes; undefined if there are none. */
  readonly proofs: ProofChecker | undefined;
  readonly identity: SessionPrincipal;
  readonly isolation: string | undefined;
  /** Set once the server has begun to close in order. */
  drainCause: Error | undefined;
  readonly auxiliary: Map<string, unknown> = new Map<string, unknown>();
  readonly calls: ClientCalls;
  /** Undefined if it ends with its connection. */
  readonly #kept: Kept | undefined;
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

  /** @param keeper - keeps it while it has no connection. Default: it ends with its connection. */
  constructor(core: ServerCore, client: AcceptedClient, keeper?: SessionKeeper) {
    const { agreed, link } = client;
    const { session: key, connectionId, keepMs } = agreed;
    const { clock, limits } = core.environment;
    this.identity = new SessionPrincipal(client.principal, clock, (cause) => this.abort(cause));
    this.isolation = client.isolation;
    this.firstId = this.#connectionId = connectionId;
    this.#peer = link.peer;
    this.key = key;
    this.proofs = key && new ProofChecker(key, connectionId);
    const tellPeer = (message: MainMessage): void => this.tellPeer(message);
    if (keeper !== undefined && key !== undefined && keepMs !== undefined) {
      const { sessionReplyBytes } = keeper.rules;
      const frames = new SessionFrames(sessionReplyBytes, limits.maxPromised, tellPeer);
      this.#kept = { keeper, frames };
    }
    this.calls = new ClientCalls(core, client, this.#kept?.frames.sent);
    const { streams } = this.calls;
    if (streams === undefined || this.#kept === undefined) return;
    streams.awayPeer = { tellPeer };
    streams.memory.onGrown = () => this.review();
  }

  get principal(): unknown {
    return this.identity.value;
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

  /** Its frames, which are counted if it can be resumed. */
  get notes(): FrameNotes | undefined {
    return this.#kept?.frames;
  }

  /** Whether the client has come back, and has not told yet which calls it waits for. */
  get isInReview(): boolean {
    return this.#resumed !== undefined;
  }

  /** Counts running handlers and open streams, and that it is away with something to lose. */
  get underWay(): UnderWay {
    return this.calls.underWay;
  }

  /** The memory that it counts for while it is away. */
  get bytes(): number {
    return SESSION_BYTES + this.calls.keptBytes + (this.#kept?.frames.sent.bytes ?? 0);
  }

  /** Whether its end would lose anything that is known here: a call, a reply, a stream. */
  get hasWork(): boolean {
    return this.calls.hasWork || this.#kept?.frames.sent.hasReplies === true;
  }

  /** Whether this is the connection that it has now. */
  isOn(connection: SessionConnection): boolean {
    return this.#connection === connection;
  }

  /** It has this connection from now on. */
  attach(connection: SessionConnection): void {
    this.#connection = connection;
  }

  /** Sends the client a main message, or keeps it for the next connection. */
  tellPeer(message: MainMessage): void {
    this.calls.parts.replies.tellPeer(message);
    this.review();
    if (this.#kept?.frames.sent.isOverfull === true) this.abort(tooManyKept('client'));
  }

  /** Handles a message about the session. Returns false for any other message. @throws ProtocolError */
  onMainMessage(message: MainMessage): boolean {
    switch (message.kind) {
      case 'received':
        this.#kept?.frames.sent.recvReceived(message.position);
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
    this.drainCause = cause;
    this.calls.dispatcher.drain(cause);
    this.review();
    return this.underWay.whenIdle();
  }

  /**
   * Its connection is lost. Returns whether it goes on without one. If not, it is over, except for its
   * streams in values: end them when the connection has ended them.
   */
  lose(cause: unknown): boolean {
    const kept = this.#kept;
    if (kept === undefined || this.#isReleased || !kept.keeper.isOpen) {
      this.end(cause);
      return false;
    }
    this.#detach(kept.frames.sent);
    this.#phase = 'away';
    this.#hold(this.hasWork);
    this.calls.dispatcher.ongoing.onEmpty = () => this.review();
    kept.keeper.onAway(this);
    return true;
  }

  /** Whether the client can have received so many frames of it. */
  canResumeAt(received: number): boolean {
    return this.#phase !== 'over' && this.#kept?.frames.sent.canResumeAt(received) === true;
  }

  /** The client comes back: ends the old connection, which is not read any more. */
  fence(): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    const connection = this.#connection;
    if (this.#phase === 'live') this.#detach(kept.frames.sent);
    connection?.fence(new ClosedError('the client has gone on with another connection', 'remote'));
    kept.keeper.onBack(this);
  }

  /**
   * Goes on with a fenced session on this client's connection. Kept messages go out at once.
   *
   * @param received - the frames that the client has received. It can have received so many.
   */
  resume(client: AcceptedClient, received: number): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    const { dispatcher, parts } = this.calls;
    const { ongoing } = dispatcher;
    this.#phase = 'live';
    this.#peer = client.link.peer;
    this.#connectionId = client.agreed.connectionId;
    ongoing.onEmpty = undefined;
    this.#hold(true);
    kept.frames.sent.resumeAt(received);
    const reviewed = { ongoing, replies: parts.replies, log: kept.frames.sent };
    this.#resumed = new ResumedCalls(reviewed, kept.frames.position);
    this.calls.attach(client);
  }

  /** While it is away, what could be lost may change. */
  review(): void {
    if (this.#phase !== 'away') return;
    this.#hold(this.hasWork);
    this.#kept?.keeper.onChanged(this);
  }

  /** Closes its connection, and ends it. */
  abort(cause: unknown): void {
    if (this.#phase === 'away') this.endAway(cause);
    else this.#connection?.abort(cause);
  }

  /** It is over, without a connection. */
  endAway(cause: unknown): void {
    this.end(cause);
    this.calls.streams?.end(cause);
  }

  /** It is over, except for its streams in values. */
  end(cause: unknown): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.identity.end();
    this.calls.dispatcher.ongoing.onEmpty = undefined;
    this.calls.dispatcher.end(cause);
    this.#resumed = undefined;
    this.#kept?.frames.sent.release();
    this.#hold(false);
    this.#kept?.keeper.onOver(this);
  }

  /** Nothing goes out any more, and what must not be lost is kept. */
  #detach(sent: SentLog): void {
    this.#connection = undefined;
    this.#resumed = undefined;
    this.calls.detach(sent, () => this.review());
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
