import { type AttachedSession, Attachment } from '../call/client/attachment.ts';
import type { ClientMetrics } from '../call/client/client-metrics.ts';
import type { Dialed, Dialer } from '../connection/handshake/dialer.ts';
import { encodeExtension } from '../connection/handshake/extension.ts';
import { ClosedError } from '../errors/errors.ts';
import type { GoingAway } from '../wire/main-message.ts';
import { Leaks } from '../stream/half/leaks.ts';
import type { SessionStreams } from '../stream/handles/session-streams.ts';
import type { Peer } from '../transport/transport.ts';
import type { Features } from '../wire/feature.ts';
import { ClientSession, type RepeatCalls } from './client-session.ts';
import type { ConnectRules } from './connector.ts';
import { offeredKeepMs } from './reconnect-options.ts';
import { LeavingSession } from './leaving-session.ts';

/** A new main connection. */
export interface Attached {
  readonly attachment: Attachment;
  /** Set if it goes on with the session. To be called before anything else is sent. */
  readonly goOn: (() => void) | undefined;
}

/** The client, as its sessions see it. */
export interface SessionsListener {
  /** Sends calls again that were not received, or that may run twice. */
  readonly repeat: RepeatCalls;
  /** A server that goes away goes on with a session of its own, beside the current one. */
  onBackBeside(attached: Attached, message: GoingAway): void;
  /** A session that has left with its server is over. `connectionId` is that of the connection that said so. */
  onLeft(connectionId: bigint | undefined, cause: Error): void;
}

/**
 * The sessions of one client, one after the other: each connection goes on with the current one if the
 * server has kept it, and begins another one if not. A session that leaves with its server ends beside it.
 */
export class ClientSessions {
  readonly #dialer: Dialer;
  readonly #metrics: ClientMetrics;
  readonly #listener: SessionsListener;
  readonly #rules: ConnectRules;
  readonly #leaks: Leaks;
  /** Sessions that leave with their servers. */
  readonly #leaving = new Map<AttachedSession, LeavingSession>();
  #current: ClientSession;
  #hasConnected = false;

  /** @param rules - have the token for the server's `authenticate` hook. */
  constructor(
    dialer: Dialer,
    metrics: ClientMetrics,
    listener: SessionsListener,
    rules: ConnectRules,
  ) {
    const { collector, log } = dialer.environment;
    this.#dialer = dialer;
    this.#metrics = metrics;
    this.#listener = listener;
    this.#rules = rules;
    this.#leaks = new Leaks(collector, { log, who: dialer.name, stats: metrics.stats });
    this.#current = this.#make();
  }

  /** The streams of the current session. */
  get streams(): SessionStreams {
    return this.#current.streams;
  }

  /** Whether the attachment is one of the current session. */
  isCurrent({ session }: Attachment): boolean {
    return session === this.#current;
  }

  /** The address of the server that may have kept the session; undefined if none has. */
  get place(): Peer | undefined {
    return this.#current.place;
  }

  /** Whether the last connection has brought anything to a session that was resumed. */
  get hasMoved(): boolean {
    return this.#current.hasMoved;
  }

  /** The offer of an attempt to connect. It must be sent at once, as its proof is good for it alone. */
  makeOffer(token?: string): Features {
    return this.#offerOf(this.#current, token);
  }

  /**
   * A connection was negotiated.
   *
   * @throws ProtocolError if the server says that it has the session and can't prove it; ClosedError if
   *   the session was given up while it was asked.
   */
  attach(main: Dialed): Attached {
    const session = this.#current;
    if (!session.isResumedBy(main.agreed)) return this.#begin(main);
    return this.#goOn(main, session);
  }

  /** The connection of the current session is lost. The session waits for another, or is replaced. */
  park(attachment: Attachment): void {
    if (!this.#current.park(attachment)) this.leave();
  }

  /** The server goes away. The current session goes on there, beside the next one. */
  depart({ main }: Attachment, message: GoingAway): void {
    const { reconnect } = this.#rules;
    if (reconnect === undefined) return;
    const { connectionId } = main.agreed;
    const session = this.#current;
    const leaving = new LeavingSession(session, message.graceMs, this.#dialer, reconnect, {
      askToken: this.#rules.askToken,
      makeOffer: (token) => this.#offerOf(session, token),
      onBack: (back) => this.#listener.onBackBeside(this.#goOn(back, session), message),
      repeat: this.#listener.repeat,
      onOver: (cause) => {
        this.#leaving.delete(session);
        this.#listener.onLeft(connectionId, cause);
      },
    });
    this.#leaving.set(session, leaving);
    this.leave();
  }

  /** Whether it belongs to a session that leaves with its server. */
  isLeaving({ session }: Attachment): boolean {
    return this.#leaving.has(session);
  }

  /** The connection of such a session is lost. Returns whether another one is tried for. */
  parkLeaving(attachment: Attachment, cause: Error): boolean {
    return this.#leaving.get(attachment.session)?.park(attachment, cause) === true;
  }

  /** Such a session is over. Returns false if it is none. */
  endLeaving({ session }: Attachment, cause: Error): boolean {
    const leaving = this.#leaving.get(session);
    leaving?.end(cause);
    return leaving !== undefined;
  }

  /** The current session is replaced by a new one. */
  leave(): void {
    this.#current = this.#make();
  }

  /** There will be no other connection. */
  end(cause: Error): void {
    this.#current.end(cause);
    for (const leaving of this.#leaving.values()) leaving.end(cause);
  }

  #begin(main: Dialed): Attached {
    if (this.#current.isAway) {
      const cause = new ClosedError('the server has not kept the session', 'remote');
      this.#current.end(cause, this.#listener.repeat);
    }
    if (!this.#current.isNew) this.leave();
    this.#current.begin(main.agreed);
    return { attachment: this.#attachmentOf(main, this.#current), goOn: undefined };
  }

  /** Goes on with a session on a connection that says so. */
  #goOn(main: Dialed, session: ClientSession): Attached {
    // It does: the session has judged it.
    const { received } = main.agreed.resumed!;
    const attachment = this.#attachmentOf(session.onIts(main), session);
    return { attachment, goOn: () => session.resume(attachment, received) };
  }

  /** @param asked - the token that was asked for. Without one, that of all connections is sent. */
  #offerOf(session: ClientSession, asked: string | undefined): Features {
    const { environment, offer } = this.#dialer;
    const fields = session.resumeFields();
    if ((fields ?? asked) === undefined) return offer;
    const { extensionVersion: version } = environment;
    const { token = asked, reconnect } = this.#rules;
    const keepMs = offeredKeepMs(reconnect);
    return { ...offer, extension: encodeExtension({ version, token, keepMs, ...fields }) };
  }

  #attachmentOf(main: Dialed, session: ClientSession): Attachment {
    const { stats } = this.#metrics;
    stats.sentMessages++;
    if (this.#hasConnected) stats.reconnects++;
    this.#hasConnected = true;
    return new Attachment(main, this.#dialer, session, this.#metrics);
  }

  #make(): ClientSession {
    return new ClientSession(this.#dialer, this.#leaks, this.#metrics.stats, this.#listener.repeat);
  }
}
