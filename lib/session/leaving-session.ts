import { Alarm } from '../base/alarm.ts';
import { sharedAbortController } from '../base/shared-abort.ts';
import type { WaitSubject } from '../base/waiting.ts';
import type { Attachment } from '../call/client/attachment.ts';
import { closedError } from '../call/common/closed-error.ts';
import type { Dialed, Dialer } from '../connection/handshake/dialer.ts';
import { ClosedError, RefusedError } from '../errors/errors.ts';
import { isInstance } from '../errors/foreign.ts';
import type { Features } from '../wire/feature.ts';
import { Backoff } from './backoff.ts';
import type { ClientSession, RepeatCalls } from './client-session.ts';
import { isIncurable, retryAfterMs } from './incurable.ts';
import type { ReconnectRules } from './reconnect-options.ts';
import type { AskToken } from './token.ts';

const CONNECTING: WaitSubject = { what: 'connecting', scope: 'connection' };

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
export class LeavingSession {
  readonly #session: ClientSession;
  readonly #dialer: Dialer;
  readonly #rules: ReconnectRules;
  readonly #listener: LeavingListener;
  readonly #backoff: Backoff;
  readonly #alarm: Alarm;
  readonly #giveUp = sharedAbortController();
  /** The time by which the server has closed. */
  readonly #until: number;
  #attempt = 0;

  /** @param graceMs - milliseconds that the server waits; undefined for no limit. */
  constructor(
    session: ClientSession,
    graceMs: number | undefined,
    dialer: Dialer,
    rules: ReconnectRules,
    listener: LeavingListener,
  ) {
    const { clock, random } = dialer.environment;
    this.#session = session;
    this.#dialer = dialer;
    this.#rules = rules;
    this.#listener = listener;
    this.#backoff = new Backoff(rules, clock, random);
    this.#alarm = new Alarm(clock);
    this.#until = clock.now() + (graceMs ?? Infinity);
    session.leave((cause) => this.#onOver(cause));
  }

  /** Its connection is lost. Returns whether another one is tried for. */
  park(attachment: Attachment, cause: Error): boolean {
    const session = this.#session;
    const leftMs = this.#until - this.#dialer.environment.clock.now();
    const hasWork = attachment.calls.size > 0 || !session.valueStreams.isEmpty;
    if (!hasWork || leftMs <= 0 || isIncurable(cause.cause, true)) return false;
    if (!session.park(attachment, Math.min(leftMs, this.#rules.giveUpAfterMs))) return false;
    this.#backoff.onLost();
    if (session.hasMoved) this.#backoff.reset();
    this.#attempt = 0;
    this.#retry(cause);
    return true;
  }

  /** Its work is done, or nobody waits for it any more. */
  end(cause: Error): void {
    this.#session.end(cause);
  }

  get #isOver(): boolean {
    return this.#giveUp.signal.aborted;
  }

  #retry(cause: Error): void {
    const delayMs = this.#backoff.nextDelayMs(retryAfterMs(cause));
    this.#alarm.set(delayMs, () => void this.#dial());
  }

  async #dial(): Promise<void> {
    const { mainBudgetBytes } = this.#dialer.environment.limits;
    const makeOffer = (token?: string): Features => this.#listener.makeOffer(token);
    const { askToken } = this.#listener;
    const { signal } = this.#giveUp;
    const { place: reached } = this.#session;
    this.#attempt++;
    try {
      this.#onDialed(
        await this.#dialer.dial(makeOffer, mainBudgetBytes, CONNECTING, [signal], {
          reached,
          askToken,
        }),
      );
    } catch (error) {
      this.#onFailed(closedError(error));
    }
  }

  #onDialed(main: Dialed): void {
    try {
      if (this.#isOver) throw this.#giveUp.signal.reason;
      if (!this.#session.isResumedBy(main.agreed)) {
        throw new ClosedError('the server has not kept the session', 'remote');
      }
    } catch (error) {
      main.link.abort(error);
      this.#endUnresumed(closedError(error));
      return;
    }
    this.#backoff.onConnected();
    this.#listener.onBack(main);
  }

  #onFailed(cause: Error): void {
    if (this.#isOver) return;
    // A server that closes lets nobody in but those with a session that it has.
    const isGone = isInstance(cause, RefusedError) && cause.retryAfterMs === undefined;
    const isLast = this.#attempt >= this.#rules.maxAttempts;
    if (isGone || isLast || isIncurable(cause, true)) this.#endUnresumed(cause);
    else this.#retry(cause);
  }

  /** It is not resumed. The client goes on. */
  #endUnresumed(cause: Error): void {
    this.#session.end(cause, this.#listener.repeat);
  }

  #onOver(cause: Error): void {
    this.#giveUp.abort(cause);
    this.#alarm.clear();
    this.#listener.onOver(cause);
  }
}
