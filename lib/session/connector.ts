import { Alarm } from '../base/alarm.ts';
import { sharedAbortController } from '../base/shared-abort.ts';
import type { WaitSubject } from '../base/waiting.ts';
import { closedError } from '../call/common/closed-error.ts';
import type { Dialed, Dialer } from '../connection/handshake/dialer.ts';
import type { Peer } from '../transport/transport.ts';
import type { Features } from '../wire/feature.ts';
import { Backoff } from './backoff.ts';
import type { ClientEventTeller } from './client-events.ts';
import { isIncurable, isRefusedForGood, retryAfterMs } from './incurable.ts';
import type { ReconnectRules } from './reconnect-options.ts';
import type { TokenRules } from './token.ts';

const CONNECTING: WaitSubject = { what: 'connecting', scope: 'connection' };

/** How often a client connects. */
export interface ConnectRules extends TokenRules {
  /** Undefined for a client that makes one attempt in all. */
  readonly reconnect: ReconnectRules | undefined;
  /** Whether the client ends if its first attempt fails. */
  readonly isFirstFinal: boolean;
  /**
   * Whether all attempts are for a session at a server that leaves: they go to its address, and one that
   * is refused for good is the last.
   */
  readonly isLeaving?: boolean | undefined;
}

/** One attempt and no other. */
export const CONNECT_ONCE: ConnectRules = Object.freeze({
  reconnect: undefined,
  isFirstFinal: true,
});

/** Hears how a client connects. */
export interface ConnectorListener {
  /** The address of the server, if something waits for it there. */
  readonly place: Peer | undefined;
  /** The offer of an attempt, which is sent at once. @param token - undefined unless one was asked for. */
  makeOffer(token: string | undefined): Features;
  /** An attempt has succeeded. */
  onDialed(main: Dialed): void;
  /** No further attempt is made. */
  onGivenUp(cause: Error): void;
}

/**
 * Makes the attempts to connect of one client, with delays between them.
 *
 *     idle --connect--> dialing --succeeded--> idle --retry--> waiting --delay--> dialing
 *                       dialing --failed--> waiting, or over
 *     any --end--> over
 */
export class Connector {
  readonly #dialer: Dialer;
  readonly #rules: ConnectRules;
  readonly #events: ClientEventTeller;
  readonly #listener: ConnectorListener;
  readonly #backoff: Backoff | undefined;
  readonly #alarm: Alarm;
  readonly #giveUp = sharedAbortController();
  /** The attempts since the last connection. */
  #attempt = 0;
  /** The time of the loss or, before the first connection, of the start. */
  #since = 0;
  #hasConnected: boolean;

  constructor(
    dialer: Dialer,
    rules: ConnectRules,
    events: ClientEventTeller,
    listener: ConnectorListener,
  ) {
    const { clock, random } = dialer.environment;
    this.#dialer = dialer;
    this.#rules = rules;
    this.#hasConnected = rules.isLeaving === true;
    this.#events = events;
    this.#listener = listener;
    this.#alarm = new Alarm(clock);
    this.#backoff = rules.reconnect && new Backoff(rules.reconnect, clock, random);
  }

  /** Makes the first attempt. Resolves when it has succeeded or failed. */
  async connect(): Promise<void> {
    this.#since = this.#dialer.environment.clock.now();
    // The user can add listeners only after the constructor has returned.
    await Promise.resolve();
    await this.#dial();
  }

  /**
   * The connection is lost, or its server goes away.
   *
   * @returns milliseconds until the next attempt, to be passed to `retryIn`; undefined if there is
   *   none.
   */
  delayAfter(cause: Error, isGoingAway: boolean): number | undefined {
    const backoff = this.#backoff;
    if (backoff === undefined || this.#isOver || isIncurable(cause, true)) return undefined;
    backoff.onLost();
    this.#since = this.#dialer.environment.clock.now();
    if (!isGoingAway || !backoff.isFresh) return this.#inTime(backoff.nextDelayMs());
    // A server that leaves has announced it for another one to be there.
    backoff.skipDelay();
    return 0;
  }

  /** The last connection has moved things forward, however short it was: the delays begin anew. */
  onProgress(): void {
    this.#backoff?.reset();
  }

  /** Makes the next attempt after so many milliseconds. */
  retryIn(delayMs: number, cause: Error): void {
    // A listener may end the client, before or within the event.
    if (this.#isOver) return;
    if (delayMs > 0) this.#alarm.set(delayMs, () => void this.#dial());
    this.#events.tell('reconnecting', { attempt: this.#attempt + 1, delayMs, cause });
    if (delayMs === 0) void this.#dial();
  }

  /** Makes no further attempt, and gives up the one under way. */
  end(cause: Error): void {
    this.#giveUp.abort(cause);
    this.#alarm.clear();
  }

  get #isOver(): boolean {
    return this.#giveUp.signal.aborted;
  }

  async #dial(): Promise<void> {
    if (this.#isOver) return;
    const { environment } = this.#dialer;
    const { mainBudgetBytes } = environment.limits;
    this.#events.tell('connecting', { attempt: ++this.#attempt });
    let main: Dialed;
    try {
      const { signal } = this.#giveUp;
      // The server may be elsewhere now, or may still be where the session is.
      const isThere = this.#rules.isLeaving === true || this.#attempt % 2 === 1;
      const reached = isThere ? this.#listener.place : undefined;
      const makeOffer = (token?: string): Features => this.#listener.makeOffer(token);
      main = await this.#dialer.dial(makeOffer, mainBudgetBytes, CONNECTING, [signal], {
        reached,
        askToken: this.#rules.askToken,
      });
    } catch (error) {
      this.#onFailed(closedError(error));
      return;
    }
    if (this.#isOver) {
      main.link.abort(this.#giveUp.signal.reason);
      return;
    }
    this.#hasConnected = true;
    this.#attempt = 0;
    this.#backoff?.onConnected();
    this.#listener.onDialed(main);
  }

  #onFailed(cause: Error): void {
    if (this.#isOver) return;
    const delayMs = this.#delayAfterFailure(cause);
    if (delayMs === undefined) this.#listener.onGivenUp(cause);
    else this.retryIn(delayMs, cause);
  }

  #delayAfterFailure(cause: Error): number | undefined {
    const { reconnect, isFirstFinal, isLeaving } = this.#rules;
    if (this.#backoff === undefined || reconnect === undefined) return undefined;
    if (isFirstFinal && !this.#hasConnected) return undefined;
    if (isLeaving === true && isRefusedForGood(cause)) return undefined;
    if (this.#attempt >= reconnect.maxAttempts || isIncurable(cause, this.#hasConnected))
      return undefined;
    // The clients of a server without room are told the same, and must not come back together.
    return this.#inTime(this.#backoff.nextDelayMs(retryAfterMs(cause)));
  }

  /** The delay, unless the attempt behind it would come too late. */
  #inTime(delayMs: number): number | undefined {
    const { giveUpAfterMs = Infinity } = this.#rules.reconnect ?? {};
    const passedMs = this.#dialer.environment.clock.now() - this.#since;
    return passedMs + delayMs > giveUpAfterMs ? undefined : delayMs;
  }
}
