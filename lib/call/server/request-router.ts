import type { Agreed } from '../../connection/handshake/agreed.ts';
import type { Keepalive } from '../../connection/link/keepalive.ts';
import { decodeCancel } from '../../document/cancel-document.ts';
import { type CallCancel, decodeMainMessage, type MainMessage } from '../../wire/main-message.ts';
import type { RequestHeader } from '../../wire/request-frame.ts';
import { ProtocolError } from '../../errors/errors.ts';
import { CLOSING_TEXT } from '../common/going-away.ts';
import { MAIN_MESSAGE_VERB } from '../common/main-messages.ts';
import type { CallParts } from './call-parts.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { ContextOwner } from './handler-context.ts';
import type { RequestSink } from './request-reader.ts';
import type { Request } from './request.ts';

/** The session that a connection belongs to. Its calls see it as their connection. */
interface RoutedSession extends ContextOwner {
  /** Whether the client has come back, and has not told yet which calls it waits for. */
  readonly isInReview: boolean;
  /** Handles a message about the session. Returns false for any other message. */
  onMainMessage(message: MainMessage): boolean;
}

/** The main connection that requests come on. */
export interface RoutedConnection {
  readonly agreed: Agreed;
  readonly session: RoutedSession;
  /** Whether it takes no more requests, because the server is closing. */
  readonly isDraining: boolean;
  /** The client breaks the rules. */
  onError(error: unknown): void;
}

/** Leads each request of one connection to where it is answered: calls, and messages of our extension. */
export class RequestRouter implements RequestSink {
  readonly #connection: RoutedConnection;
  readonly #parts: CallParts;
  readonly #dispatcher: Dispatcher;
  /** Undefined where an end does not speak our extension. */
  readonly #keepalive: Keepalive | undefined;

  constructor(
    connection: RoutedConnection,
    parts: CallParts,
    dispatcher: Dispatcher,
    keepalive: Keepalive | undefined,
  ) {
    this.#connection = connection;
    this.#parts = parts;
    this.#dispatcher = dispatcher;
    this.#keepalive = keepalive;
  }

  onRequest(request: Request): void {
    const { agreed, isDraining, session } = this.#connection;
    const { mainMessages } = agreed.capabilities;
    if (request.verb === MAIN_MESSAGE_VERB && mainMessages) this.#onMainMessage(request);
    else if (isDraining) this.#refuse(request);
    else if (session.isInReview) this.#refuseEarly(request);
    else this.#dispatcher.dispatch(request, session);
  }

  onRefused({ messageId, verb }: RequestHeader, text: string, isRetryable: boolean): void {
    this.#parts.log.warnOfCall(messageId, text);
    if (isRetryable) this.#dispatcher.turnAway(messageId, verb, text);
    else this.#parts.replies.sendError(messageId, text, undefined);
  }

  onError(error: unknown): void {
    this.#connection.onError(error);
  }

  /**
   * Refuses a request during the drain. A client that speaks our extension can tell the refusal
   * from a failure.
   */
  #refuse({ messageId, cost }: Request): void {
    const { gate, replies } = this.#parts;
    const { goingAway } = this.#connection.agreed.capabilities;
    if (goingAway) replies.sendRefused(messageId, CLOSING_TEXT);
    else replies.sendError(messageId, CLOSING_TEXT, undefined);
    gate.release(cost);
  }

  /** A client that has come back must first say which calls it waits for. */
  #refuseEarly({ cost }: Request): void {
    this.#parts.gate.release(cost);
    throw new ProtocolError('a call before the list of pending calls');
  }

  #onMainMessage(request: Request): void {
    const { children, gate } = this.#parts;
    const { agreed, session } = this.#connection;
    gate.release(request.cost);
    const { resume } = agreed.capabilities;
    const message = decodeMainMessage(request.payload, 'client', resume);
    if (message === undefined) return;
    if (message.kind === 'ping' || message.kind === 'pong') this.#keepalive?.onMessage(message);
    else if (message.kind === 'call-cancel') this.#onCallCancel(message);
    else if (!resume || !session.onMainMessage(message)) children.onMainMessage(message);
  }

  #onCallCancel({ messageId, reason }: CallCancel): void {
    // Most cancels cross the reply: their reasons are not read.
    if (!this.#dispatcher.isOngoing(messageId)) return;
    this.#dispatcher.cancel(messageId, decodeCancel(reason, this.#connection.session.peer));
  }
}
