import { Alarm } from '../base/alarm.ts';
import type { Attachment } from '../call/client/attachment.ts';
import { type CallHolder, endCall, type PendingCall } from '../call/client/pending-call.ts';
import { givenUp } from '../call/client/given-up.ts';
import { goingAwayRefusal } from '../call/common/going-away.ts';
import { tooManyKept } from '../call/common/kept-messages.ts';
import { SessionFrames } from '../call/client/session-frames.ts';
import type { Agreed, AgreedWithId } from '../connection/handshake/agreed.ts';
import { hasId } from '../connection/handshake/agreed.ts';
import type { Dialed, Dialer } from '../connection/handshake/dialer.ts';
import type { Extension } from '../connection/handshake/extension.ts';
import { type Proof, Prover } from '../connection/handshake/proof.ts';
import type { StatValues } from '../diagnostics/stats.ts';
import { ClosedError, ProtocolError, TimeoutError } from '../errors/errors.ts';
import type { Environment } from '../settings/environment.ts';
import type { Leaks } from '../stream/half/leaks.ts';
import { SessionStreams } from '../stream/handles/session-streams.ts';
import { Produced } from '../stream/value/produced.ts';
import { VerbStream } from '../stream/verb/verb-stream.ts';
import type { Peer } from '../transport/transport.ts';
import type { MainMessage } from '../wire/main-message.ts';

/** We wait a moment longer than the server keeps the session: it may have noticed the loss later. */
const GRACE_MS = 5_000;

/** Sends calls again, ahead of those that wait. */
export type RepeatCalls = (calls: readonly PendingCall[]) => void;

/**
 * Whether the session has a connection.
 *
 *     new --begin--> live --park--> away --resume--> live
 *     any --end--> over
 */
type SessionPhase = 'new' | 'live' | 'away' | 'over';

/**
 * The parts of a client that go on when its main connection is lost and the server keeps its session:
 * the calls that wait for replies, the streams in values, and the messages that may be lost. With a
 * server that keeps nothing, it ends with its one connection.
 */
export class ClientSession implements CallHolder {
  readonly peer: string;
  readonly streams: SessionStreams;
  readonly #environment: Environment;
  readonly #stats: StatValues;
  readonly #repeat: RepeatCalls;
  readonly #alarm: Alarm;
  #frames: SessionFrames;
  #phase: SessionPhase = 'new';
  /** The negotiation of the first connection. */
  #first: AgreedWithId | undefined;
  #prover: Prover | undefined;
  /** The proof of the last attempt to go on. */
  #proof: Proof | undefined;
  /** The address of the last connection. */
  #place: Peer | undefined;
  /** The frames that had come when it was resumed; undefined before. */
  #resumedAt: number | undefined;
  /** Called when it is over. Set once its server goes away. */
  #onLeft: ((cause: Error) => void) | undefined;
  /** Calls that wait for replies while there is no connection, in the order of their ids. */
  readonly #parked = new Set<PendingCall>();

  /**
   * @param dialer - knows the address of the server, for errors.
   * @param repeat - gets calls that the server has not received, or that may run twice.
   */
  constructor(
    dialer: Pick<Dialer, 'environment' | 'place'>,
    leaks: Leaks,
    stats: StatValues,
    repeat: RepeatCalls,
  ) {
    const { environment, place } = dialer;
    this.peer = place;
    this.#environment = environment;
    this.#stats = stats;
    this.#repeat = repeat;
    this.#alarm = new Alarm(environment.clock);
    this.#frames = this.#framesFor(false);
    this.streams = new SessionStreams(environment, leaks);
    this.streams.awayPeer = { tellPeer: (message) => this.#tellLater(message) };
  }

  /** The counts and kept messages of all its connections. */
  get frames(): SessionFrames {
    return this.#frames;
  }

  /** Makes the proofs of its children; undefined if they need none. */
  get prover(): Prover | undefined {
    return this.#prover;
  }

  /** The connection as one of the session that goes on: with the key of the first one. */
  onIts({ agreed, ...main }: Dialed): Dialed {
    const { session, keepMs } = this.#first ?? {};
    return { ...main, agreed: { ...agreed, session, keepMs } };
  }

  /** Whether it has had no connection yet. */
  get isNew(): boolean {
    return this.#phase === 'new';
  }

  /** Whether anything has come since it was resumed. */
  get hasMoved(): boolean {
    return this.#resumedAt !== undefined && this.#frames.received.position > this.#resumedAt;
  }

  /** Whether it waits for its next connection. */
  get isAway(): boolean {
    return this.#phase === 'away';
  }

  /** The server at its last address, if the session waits for it. */
  get place(): Peer | undefined {
    return this.isAway ? this.#place : undefined;
  }

  /** The fields of the offer that asks the server to go on; undefined if there is nothing to go on with. */
  resumeFields(): Pick<Extension, 'proof' | 'resume'> | undefined {
    const first = this.#first;
    if (!this.isAway || first?.session === undefined) return undefined;
    this.#proof = this.#prover?.prove('resume');
    const { received } = this.#frames;
    return {
      proof: this.#proof,
      resume: {
        sessionId: first.session.id,
        firstId: first.connectionId,
        received: received.position,
      },
    };
  }

  /**
   * Whether the server goes on with the session on this connection.
   *
   * @throws ProtocolError if it says so and can't prove it, ClosedError if the session was given up
   *   meanwhile.
   */
  isResumedBy({ resumed, connectionId }: Agreed): boolean {
    if (resumed === undefined) return false;
    if (this.#phase === 'over') {
      throw new ClosedError('the server goes on with a session that was given up', 'transport');
    }
    const proof = this.#proof;
    const isProved =
      this.isAway &&
      proof !== undefined &&
      connectionId !== undefined &&
      this.#prover?.isAnsweredBy(resumed.mac, connectionId, proof) === true;
    if (!isProved) throw new ProtocolError('the server can not prove that it has the session');
    if (this.#frames.sent.canResumeAt(resumed.received)) return true;
    throw new ProtocolError('the server goes on with the session where it can not be');
  }

  /** The first connection was negotiated. */
  begin(agreed: Agreed): void {
    this.#phase = 'live';
    if (!hasId(agreed)) return;
    const { session, connectionId, keepMs, capabilities } = agreed;
    this.#first = agreed;
    this.#prover = session && new Prover(session, connectionId, this.#environment.random);
    const isKept = session !== undefined && (keepMs ?? 0) > 0 && capabilities.resume;
    this.#frames = this.#framesFor(isKept);
  }

  /** Its server goes away: no calls are sent there any more. `onOver` is called when it is over. */
  leave(onOver: (cause: Error) => void): void {
    this.#onLeft = onOver;
  }

  /**
   * The connection is lost. Keeps its calls and streams for the next one, if the server keeps them
   * too.
   *
   * @param mostMs - it is over then, also if the server says that it keeps it longer.
   * @returns whether it does. If not, the session is to be ended.
   */
  park(attachment: Attachment, mostMs: number = Infinity): boolean {
    const keepMs = this.#first?.keepMs;
    const { isKept, isOverfull } = this.#frames;
    if (this.#phase !== 'live' || !isKept || isOverfull || keepMs === undefined) return false;
    this.#phase = 'away';
    this.#place = attachment.main.link.peer;
    for (const pending of attachment.park((message) => this.#tellLater(message))) {
      pending.holder = this;
      this.#parked.add(pending);
    }
    this.streams.detach();
    this.#alarm.set(Math.min(keepMs + GRACE_MS, mostMs), () => {
      const text = 'the server has not kept the session for so long';
      this.end(new ClosedError(text, 'transport'), this.#repeat);
    });
    return true;
  }

  /** Goes on with a connection that `isResumedBy` has judged. */
  resume(attachment: Attachment, received: number): void {
    this.#alarm.clear();
    this.#phase = 'live';
    this.#resumedAt = this.#frames.received.position;
    const known: PendingCall[] = [];
    const again: PendingCall[] = [];
    for (const pending of this.#takeParked()) {
      if (pending.messageId > received) again.push(pending);
      else known.push(pending);
    }
    const lost = this.#frames.resumeAt(received);
    attachment.goOn(
      known,
      lost.filter((message) => isOf(message, received)),
    );
    this.#sendAgain(again);
  }

  /**
   * Streams in their arguments keep their numbers and ids. A plain stream of a verb has ended with its
   * connection. Calls that another server gets can't name streams of this session.
   */
  #sendAgain(calls: readonly PendingCall[]): void {
    const again: PendingCall[] = [];
    for (const pending of calls) {
      const streams = pending.children ?? [];
      const promised = streams.filter((stream) => stream instanceof Produced);
      const resumable = streams.filter((stream) => stream instanceof VerbStream);
      if (this.#onLeft !== undefined && streams.length > 0) {
        endCall(pending, goingAwayRefusal('call'), this.#environment.serializer);
        continue;
      }
      if (promised.length + resumable.length < streams.length) {
        const text = 'the call was not received, and names a stream of the connection that is lost';
        endCall(pending, new ClosedError(text, 'transport'), this.#environment.serializer);
        continue;
      }
      this.streams.valueStreams.offerAgain(promised);
      for (const stream of resumable) stream.passAgain();
      again.push(pending);
    }
    if (again.length > 0) this.#repeat(again);
  }

  cancel(pending: PendingCall, error: Error): void {
    this.#frames.makeRoomForCalls(this.#parked.size);
    this.#parked.delete(pending);
    if (error instanceof TimeoutError) this.#stats.timeout++;
    const message = givenUp(pending.messageId, error, this.#environment);
    pending.mayHaveRun = true;
    endCall(pending, error, this.#environment.serializer);
    this.#tellLater(message);
  }

  /**
   * It is over: its calls fail, and its streams end.
   *
   * @param again - gets those that may run twice. Default: they fail too.
   */
  end(cause: Error, again?: RepeatCalls): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#alarm.clear();
    const repeated: PendingCall[] = [];
    for (const pending of this.#takeParked()) {
      pending.mayHaveRun = true;
      if (again !== undefined && pending.isIdempotent && !pending.children) repeated.push(pending);
      else endCall(pending, cause, this.#environment.serializer);
    }
    this.streams.end(cause);
    if (repeated.length > 0) again?.(repeated);
    this.#onLeft?.(cause);
  }

  #takeParked(): PendingCall[] {
    const calls = [...this.#parked];
    this.#parked.clear();
    return calls;
  }

  /** It is told as soon as there is a connection, if it says something that the server must know. */
  #tellLater(message: MainMessage): void {
    if (this.#phase !== 'away') return;
    this.#frames.takeId(message);
    if (this.#frames.isOverfull) this.end(tooManyKept('server'), this.#repeat);
  }

  #framesFor(isKept: boolean): SessionFrames {
    return new SessionFrames(isKept, this.#environment.limits.maxPromised);
  }
}

/** A cancel of a call that the server has not received says nothing to it. */
function isOf(message: MainMessage, received: number): boolean {
  return message.kind !== 'call-cancel' || message.messageId <= received;
}
