import { Alarm } from '../../base/alarm.ts';
import { RateWindow } from '../../base/rate-window.ts';
import { ClosedError, ProtocolError, TimeoutError } from '../../errors/errors.ts';
import type { MainMessage, PingMessage } from '../../wire/main-message.ts';
import type { Environment } from '../../settings/environment.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { LifeWatch, Link } from './link.ts';

/** Pings that a peer may send a second, on the average of ten seconds. */
export const MAX_PINGS_PER_SECOND = 10;

/** A loop whose turn took so long judges nobody: what the peer has sent meanwhile may be under way. */
const LATE_MS = 1_000;

/** Says "I live" without being asked; numbers of pings begin with 1. */
const UNASKED = 0;

/** The link of a main connection, as far as its keepalive needs it. */
export interface LivingLink extends Pick<
  Link,
  'phase' | 'isPaused' | 'unsentBytes' | 'life' | 'abort'
> {
  readonly writer: Pick<FrameWriter, 'isFull'>;
}

/** The owner of the connection. */
export interface LivingPeer {
  /** Sends a main message. */
  tellPeer(message: MainMessage): void;
}

/**
 * Finds out whether the peer of a main connection still lives. A side that has heard nothing for
 * `limits.pingIntervalMs` asks, and one that has heard nothing at all for `limits.pingTimeoutMs` closes the
 * connection. Both sides do so, as long as the connection is there.
 *
 * Whatever comes is a sign of life, and so is a kernel that takes bytes which it had no room for. One
 * timer runs for a connection, which looks at the time of the last sign; messages never touch it. No
 * ping follows one that has no answer: more of them would say nothing more.
 *
 * It is only judged after a turn of the loop in which what had come could be read: a process that was
 * blocked for a while must not take its own silence for the peer's.
 */
export class Keepalive implements LifeWatch {
  readonly #environment: Environment;
  readonly #link: LivingLink;
  readonly #peer: LivingPeer;
  readonly #alarm: Alarm;
  /** When the last sign of life came. */
  #aliveAt: number;
  /** When it was asked last; a later sign of life is an answer. */
  #askedAt = -Infinity;
  #lastPing = UNASKED;
  #isPongMissing = false;
  #pingedAt = 0;
  #roundTripMs: number | undefined;
  /** Bytes that the kernel had no room for when it was asked last. */
  #unsentBytes = 0;
  #hasDrained = false;
  /** There is one from the peer's first ping on. */
  #pings: RateWindow | undefined;

  constructor(environment: Environment, link: LivingLink, peer: LivingPeer) {
    this.#environment = environment;
    this.#link = link;
    this.#peer = peer;
    this.#alarm = new Alarm(environment.clock);
    this.#aliveAt = environment.clock.now();
  }

  /** Milliseconds from the last ping to its answer; undefined before there was one. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** Begins to watch; ends with the link. */
  start(): void {
    const { pingIntervalMs } = this.#environment.limits;
    if (pingIntervalMs === 0 || this.#link.phase !== 'open') return;
    this.#link.life = this;
    this.#lookIn(pingIntervalMs);
  }

  onReceived(): void {
    this.#aliveAt = this.#environment.clock.now();
  }

  onDrained(): void {
    this.#hasDrained = true;
  }

  onClosed(): void {
    this.#alarm.clear();
  }

  /**
   * Answers a ping, or takes note of an answer.
   *
   * @throws ProtocolError, which ends the connection, for too many pings.
   */
  onMessage(message: PingMessage): void {
    if (message.kind === 'pong') {
      if (message.number === this.#lastPing) this.#onAnswered();
      return;
    }
    this.#pings ??= new RateWindow(this.#environment.clock, MAX_PINGS_PER_SECOND);
    if (!this.#pings.count()) {
      throw new ProtocolError(`the peer sent more than ${MAX_PINGS_PER_SECOND} pings a second`);
    }
    this.#pong(message.number);
  }

  #onAnswered(): void {
    if (this.#isPongMissing) this.#roundTripMs = this.#environment.clock.now() - this.#pingedAt;
    this.#isPongMissing = false;
  }

  #lookIn(delayMs: number): void {
    const { clock } = this.#environment;
    this.#alarm.set(delayMs, () => {
      const rangAt = clock.now();
      clock.yield(() => this.#look(rangAt));
    });
  }

  #look(rangAt: number): void {
    if (this.#link.phase !== 'open') return;
    const { clock, limits } = this.#environment;
    const { pingIntervalMs, pingTimeoutMs } = limits;
    const now = clock.now();
    if (this.#hasProgressed()) this.#aliveAt = now;
    const silentMs = now - this.#aliveAt;
    if (silentMs < pingIntervalMs) {
      this.#lookIn(pingIntervalMs - silentMs);
    } else if (this.#link.isPaused && this.#link.unsentBytes === 0) {
      // A side that reads nothing answers no ping either, and can't tell whether the peer does.
      this.#pong(UNASKED);
      this.#lookIn(pingIntervalMs);
    } else if (this.#aliveAt < this.#askedAt && now - rangAt < LATE_MS) {
      this.#link.abort(silent(pingTimeoutMs));
    } else {
      this.#ask(now);
      this.#lookIn(pingTimeoutMs - pingIntervalMs);
    }
  }

  #ask(now: number): void {
    this.#askedAt = now;
    this.#unsentBytes = this.#link.unsentBytes;
    this.#hasDrained = false;
    if (this.#isPongMissing) return;
    this.#isPongMissing = true;
    this.#pingedAt = now;
    this.#peer.tellPeer({ kind: 'ping', number: ++this.#lastPing });
  }

  /** A peer that does not take what is sent to it gets no answers on top. */
  #pong(number: number): void {
    if (!this.#link.writer.isFull) this.#peer.tellPeer({ kind: 'pong', number });
  }

  /** Whether the kernel, which had no room when the peer was asked last, has had some since. */
  #hasProgressed(): boolean {
    if (this.#unsentBytes === 0) return false;
    const hasProgressed = this.#hasDrained || this.#link.unsentBytes < this.#unsentBytes;
    if (hasProgressed) this.#unsentBytes = 0;
    return hasProgressed;
  }
}

function silent(limitMs: number): ClosedError {
  const cause = new TimeoutError(
    'a sign of life from the peer (limits.pingTimeoutMs)',
    limitMs,
    'connection',
  );
  return new ClosedError(`the connection was lost: ${cause.message}`, 'transport', cause);
}
