import { Alarm } from '../../base/alarm.ts';
import { RateWindow } from '../../base/rate-window.ts';
import { ClosedError, ProtocolError, TimeoutError } from '../../errors/errors.ts';
import type { MainMessage, PingMessage } from '../../wire/main-message.ts';
import type { Environment } from '../../settings/environment.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { Link } from './link.ts';
import type { LifeWatch } from './link-receiver.ts';

/** Pings that a peer may send in a second, on the average of ten seconds. */
export const MAX_PINGS_PER_SECOND = 10;

/**
 * If a turn of the loop takes longer than this, or the watch rings so much too late, the peer is not
 * judged: its bytes may have come and not been read yet, or the machine has slept.
 */
const LATE_MS = 1_000;

/** Pings in a second, on the same average, with which somebody may ask for the peer. */
const MAX_ASKS_PER_SECOND = 3;

/** The number of a sign of life that was not asked for; numbers of pings begin with 1. */
const UNASKED = 0;

/** The link of a main connection, as its keepalive sees it. */
export interface LivingLink extends Pick<
  Link,
  'phase' | 'isPaused' | 'unsentBytes' | 'life' | 'reset'
> {
  readonly writer: Pick<FrameWriter, 'isFull'>;
}

/** The owner of the connection. */
export interface LivingPeer {
  /** Sends a main message. */
  tellPeer(message: MainMessage): void;
}

/**
 * Finds out whether the peer of a main connection still lives. If a side has heard nothing for
 * `limits.pingIntervalMs`, it sends a ping. If it has heard nothing at all for
 * `limits.pingTimeoutMs`, it closes the connection. Both sides do so for as long as the connection
 * is there.
 *
 * All received bytes are signs of life. So is a kernel that takes bytes after it had no room for
 * them. There is one timer for a connection. It looks at the time of the last sign; messages never
 * touch the timer. While a ping has no answer, no further ping is sent: it would not tell more.
 *
 * The peer is judged only after a turn of the loop in which received bytes could be read. A process
 * that was blocked for a while, or slept with its machine, must not take its own silence for the peer's:
 * the peer gets its time once more.
 */
export class Keepalive implements LifeWatch {
  readonly #environment: Environment;
  readonly #link: LivingLink;
  readonly #peer: LivingPeer;
  readonly #alarm: Alarm;
  /** The time of the last sign of life. */
  #aliveAt: number;
  /** The time of the last ping; a later sign of life is an answer. */
  #askedAt = -Infinity;
  #lastPing = UNASKED;
  #isPongMissing = false;
  #pingedAt = 0;
  /** Called when the last ping is answered. */
  #asking: (() => void)[] = [];
  /** Called when the next ping is answered. */
  #nextAsking: (() => void)[] = [];
  readonly #asks: RateWindow;
  #roundTripMs: number | undefined;
  /** Bytes that the kernel had no room for at the last ping. */
  #unsentBytes = 0;
  #hasDrained = false;
  /** The number of the last ping, while its answer waits until the kernel has room. */
  #owedPong: number | undefined;
  /** Made for the peer's first ping. */
  #pings: RateWindow | undefined;

  constructor(environment: Environment, link: LivingLink, peer: LivingPeer) {
    this.#environment = environment;
    this.#link = link;
    this.#peer = peer;
    this.#alarm = new Alarm(environment.clock);
    this.#asks = new RateWindow(environment.clock, MAX_ASKS_PER_SECOND);
    this.#aliveAt = environment.clock.now();
  }

  /** Milliseconds from the last answered ping to its answer; undefined before the first answer. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** Begins to watch. The watch ends with the link. */
  start(): void {
    const { pingIntervalMs } = this.#environment.limits;
    if (pingIntervalMs === 0 || this.#link.phase !== 'open') return;
    this.#link.life = this;
    this.#lookIn(pingIntervalMs);
  }

  /**
   * Calls back once the peer has answered a ping that is sent from now on. Questions that come
   * meanwhile share the next ping. Calls back at once where the peer would take it for a flood.
   */
  whenAnswered(onAnswer: () => void): void {
    this.#nextAsking.push(onAnswer);
    this.#askNext();
  }

  onReceived(): void {
    this.#aliveAt = this.#environment.clock.now();
  }

  onDrained(): void {
    this.#hasDrained = true;
    const number = this.#owedPong;
    if (number === undefined) return;
    this.#owedPong = undefined;
    this.#peer.tellPeer({ kind: 'pong', number });
  }

  onClosed(): void {
    this.#alarm.clear();
  }

  /**
   * Answers a ping, or notes an answer.
   *
   * @throws ProtocolError, which ends the connection, if there are too many pings.
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
    const asking = this.#asking;
    this.#asking = [];
    if (this.#nextAsking.length > 0) this.#askNext();
    for (const onAnswer of asking) onAnswer();
  }

  /** The ping under way, if there is one, is answered first. */
  #askNext(): void {
    if (this.#isPongMissing || this.#link.phase !== 'open') return;
    if (this.#asks.count()) {
      this.#ping();
      return;
    }
    const asking = this.#nextAsking;
    this.#nextAsking = [];
    for (const onAnswer of asking) onAnswer();
  }

  #ping(): void {
    this.#isPongMissing = true;
    this.#pingedAt = this.#environment.clock.now();
    this.#asking = this.#nextAsking;
    this.#nextAsking = [];
    this.#peer.tellPeer({ kind: 'ping', number: ++this.#lastPing });
  }

  #lookIn(delayMs: number): void {
    const { clock } = this.#environment;
    const dueAt = clock.now() + delayMs;
    this.#alarm.set(delayMs, () => {
      const rangAt = clock.now();
      clock.yield(() => this.#look(rangAt, rangAt - dueAt >= LATE_MS));
    });
  }

  #look(rangAt: number, isLate: boolean): void {
    if (this.#link.phase !== 'open') return;
    const { clock, limits } = this.#environment;
    const { pingIntervalMs, pingTimeoutMs } = limits;
    const now = clock.now();
    if (this.#hasProgressed()) this.#aliveAt = now;
    const silentMs = now - this.#aliveAt;
    if (silentMs < pingIntervalMs) {
      this.#lookIn(pingIntervalMs - silentMs);
    } else if (this.#link.isPaused && this.#link.unsentBytes === 0) {
      // A paused side reads no ping and answers none. It can't tell either whether the peer reads.
      this.#pong(UNASKED);
      this.#lookIn(pingIntervalMs);
    } else if (this.#aliveAt < this.#askedAt && now - rangAt < LATE_MS && !isLate) {
      this.#link.reset(silent(pingTimeoutMs));
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
    this.#asks.count();
    this.#ping();
  }

  /**
   * Answers do not pile up for a peer that does not take the bytes sent to it. The last one follows when
   * they are taken: without it the peer would never ask again.
   */
  #pong(number: number): void {
    const { writer, unsentBytes } = this.#link;
    if (writer.isFull && unsentBytes > 0) this.#owedPong = number;
    else this.#peer.tellPeer({ kind: 'pong', number });
  }

  /** Whether the kernel has taken bytes that it had no room for at the last ping. */
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
