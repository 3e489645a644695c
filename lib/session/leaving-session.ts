import type { Attachment } from '../call/client/attachment.ts';
import { closedError } from '../call/common/closed-error.ts';
import type { Dialed, Dialer } from '../connection/handshake/dialer.ts';
import { ClosedError } from '../errors/errors.ts';
import type { Peer } from '../transport/transport.ts';
import type { Features } from '../wire/feature.ts';
import type { ClientEventTeller } from './client-events.ts';
import type { ClientSession, RepeatCalls } from './client-session.ts';
import { Connector, type ConnectorListener } from './connector.ts';
import { isIncurable } from './incurable.ts';
import type { ReconnectRules } from './reconnect-options.ts';
import type { AskToken } from './token.ts';

/** Its attempts to connect are no events of the client, which is connected elsewhere. */
const UNTOLD: ClientEventTeller = Object.freeze({ tell: () => {} });

/** The client that a session belongs to. */
export interface LeavingListener {
  /** Gives the token of a connection; undefined where it is the same each time. */
  readonly askToken: AskToken | undefined;
  /** The offer of a connection that goes on with the session; it is sent at once. */
  makeOffer(token: string | undefined): Features;
  /** The server goes on with the session on this connection. */
  onBack(main: Dialed): void;
  /** Gets calls of a session that could not be resumed, and that may run twice. */
  readonly repeat: RepeatCalls;
  /** The session is over. */
  onOver(cause: Error): void;
}

/**
 * A session that leaves with its server. It finishes its calls and streams there, beside the client's next
 * one. If its connection is lost, it is resumed at the same address, as long as the server waits.
 *
 *     live --park--> away --resumed--> live
 *     any --end, the server's time is over--> over
 */
export class LeavingSession implements ConnectorListener {
  readonly #session: ClientSession;
  readonly #dialer: Dialer;
  readonly #giveUpAfterMs: number;
  readonly #listener: LeavingListener;
  readonly #connector: Connector;
  /** The time by which the server has closed. */
  readonly #until: number;

  /** @param graceMs - milliseconds that the server waits; undefined for no limit. */
  constructor(
    session: ClientSession,
    graceMs: number | undefined,
    dialer: Dialer,
    rules: ReconnectRules,
    listener: LeavingListener,
  ) {
    const { askToken } = listener;
    // The session has a limit of its own, which covers the attempt under way as well.
    const reconnect = { ...rules, giveUpAfterMs: Infinity };
    const own = { reconnect, isFirstFinal: false, isLeaving: true, askToken };
    this.#session = session;
    this.#dialer = dialer;
    this.#giveUpAfterMs = rules.giveUpAfterMs;
    this.#listener = listener;
    this.#connector = new Connector(dialer, own, UNTOLD, this);
    this.#until = dialer.environment.clock.now() + (graceMs ?? Infinity);
    session.leave((cause) => this.#onOver(cause));
  }

  get place(): Peer | undefined {
    return this.#session.place;
  }

  /** Its connection is lost. Returns whether another one is tried for. */
  park(attachment: Attachment, cause: Error): boolean {
    const session = this.#session;
    const leftMs = this.#until - this.#dialer.environment.clock.now();
    const hasWork = attachment.calls.size > 0 || !session.streams.isEmpty;
    if (!hasWork || leftMs <= 0 || isIncurable(cause.cause, true)) return false;
    if (!session.park(attachment, Math.min(leftMs, this.#giveUpAfterMs))) return false;
    if (session.hasMoved) this.#connector.onProgress();
    const delayMs = this.#connector.delayAfter(cause, false);
    if (delayMs === undefined) this.onGivenUp(cause);
    else this.#connector.retryIn(delayMs, cause);
    return true;
  }

  /** Its work is done, or nobody waits for it any more. */
  end(cause: Error): void {
    this.#session.end(cause);
  }

  makeOffer(token: string | undefined): Features {
    return this.#listener.makeOffer(token);
  }

  onDialed(main: Dialed): void {
    try {
      if (!this.#session.isResumedBy(main.agreed)) {
        throw new ClosedError('the server has not kept the session', 'remote');
      }
    } catch (error) {
      main.link.abort(error);
      this.onGivenUp(closedError(error));
      return;
    }
    this.#listener.onBack(main);
  }

  /** It is not resumed. The client goes on. */
  onGivenUp(cause: Error): void {
    this.#session.end(cause, this.#listener.repeat);
  }

  #onOver(cause: Error): void {
    this.#connector.end(cause);
    this.#listener.onOver(cause);
  }
}
