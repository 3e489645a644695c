import { Attachment } from '../call/client/attachment.ts';
import type { ClientMetrics } from '../call/client/client-metrics.ts';
import type { Dialed, Dialer } from '../connection/handshake/dialer.ts';
import { encodeExtension } from '../connection/handshake/extension.ts';
import { ClosedError } from '../errors/errors.ts';
import { Leaks } from '../stream/half/leaks.ts';
import type { ValueStreams } from '../stream/value/value-streams.ts';
import type { Peer } from '../transport/transport.ts';
import type { Features } from '../wire/feature.ts';
import { ClientSession, type RepeatCalls } from './client-session.ts';

/** A new main connection. */
export interface Attached {
  readonly attachment: Attachment;
  /** Set if it goes on with the session. To be called before anything else is sent. */
  readonly goOn: (() => void) | undefined;
}

/**
 * The sessions of one client, one after the other: each connection goes on with the current one if the
 * server has kept it, and begins another one if not.
 */
export class ClientSessions {
  readonly #dialer: Dialer;
  readonly #metrics: ClientMetrics;
  readonly #repeat: RepeatCalls;
  readonly #token: string | undefined;
  readonly #leaks: Leaks;
  #current: ClientSession;

  /**
   * @param repeat - sends calls again that were not received, or that may run twice.
   * @param token - for the server's `authenticate` hook.
   */
  constructor(
    dialer: Dialer,
    metrics: ClientMetrics,
    repeat: RepeatCalls,
    token: string | undefined,
  ) {
    const { collector, log } = dialer.environment;
    this.#dialer = dialer;
    this.#metrics = metrics;
    this.#repeat = repeat;
    this.#token = token;
    this.#leaks = new Leaks(collector, { log, who: dialer.name, stats: metrics.stats });
    this.#current = this.#make();
  }

  /** The streams in values of the current session. */
  get valueStreams(): ValueStreams {
    return this.#current.valueStreams;
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
  makeOffer(): Features {
    const { environment, offer } = this.#dialer;
    const fields = this.#current.resumeFields();
    if (fields === undefined) return offer;
    const { extensionVersion: version } = environment;
    return { ...offer, extension: encodeExtension({ version, token: this.#token, ...fields }) };
  }

  /**
   * A connection was negotiated.
   *
   * @throws ProtocolError if the server says that it has the session and can't prove it.
   */
  attach(main: Dialed): Attached {
    const { resumed } = main.agreed;
    const session = this.#current;
    if (!session.isResumedBy(main.agreed) || resumed === undefined) return this.#begin(main);
    const attachment = this.#attachmentOf(session.onIts(main), session);
    return { attachment, goOn: () => session.resume(attachment, resumed.received) };
  }

  /** The connection of the current session is lost. The session waits for another, or is replaced. */
  park(attachment: Attachment): void {
    if (!this.#current.park(attachment)) this.leave();
  }

  /** The current session goes on beside the next one, on its own connection. */
  leave(): void {
    this.#current = this.#make();
  }

  /** There will be no other connection. */
  end(cause: Error): void {
    this.#current.end(cause);
  }

  #begin(main: Dialed): Attached {
    if (this.#current.isAway) {
      const cause = new ClosedError('the server has not kept the session', 'remote');
      this.#current.end(cause, this.#repeat);
    }
    if (!this.#current.isNew) this.leave();
    this.#current.begin(main.agreed);
    return { attachment: this.#attachmentOf(main, this.#current), goOn: undefined };
  }

  #attachmentOf(main: Dialed, session: ClientSession): Attachment {
    return new Attachment(main, this.#dialer, session, this.#metrics);
  }

  #make(): ClientSession {
    return new ClientSession(this.#dialer, this.#leaks, this.#metrics.stats, this.#repeat);
  }
}
