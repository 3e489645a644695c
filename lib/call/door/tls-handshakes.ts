import type { Timer } from '../../base/clock.ts';
import { setFairTimeout } from '../../base/fair-timer.ts';
import { TimeoutError } from '../../errors/errors.ts';
import type { Environment } from '../../settings/environment.ts';
import { tlsProblem } from '../../transport/tls-problem.ts';
import type { Peer, TlsHandshake } from '../../transport/transport.ts';
import { errorText } from '../server/error-text.ts';
import type { Doorkeeper, Verdict } from './doorkeeper.ts';

/** Lets connections in whose TLS handshakes begin. */
export interface TlsDoor {
  /** Asks the doorkeeper about a peer. */
  enter(peer: Peer): Verdict | Promise<Verdict>;
  /** A connection is not let in: counts it, and notes why. */
  onRefused(level: 'debug' | 'warn', peer: Peer, line: string): void;
}

/**
 * The TLS handshakes of a server that are under way. The doorkeeper counts them, and their time is
 * part of that of the negotiation.
 */
export class TlsHandshakes {
  readonly #environment: Environment;
  readonly #doorkeeper: Doorkeeper;
  readonly #door: TlsDoor;
  readonly #begun = new Map<TlsHandshake, { readonly at: number; readonly timer: Timer }>();

  constructor(environment: Environment, doorkeeper: Doorkeeper, door: TlsDoor) {
    this.#environment = environment;
    this.#doorkeeper = doorkeeper;
    this.#door = door;
  }

  /** Handshakes that are under way. */
  get size(): number {
    return this.#begun.size;
  }

  /** A handshake is to begin. Returns whether it may. */
  begin(handshake: TlsHandshake): boolean | Promise<boolean> {
    const verdict = this.#door.enter(handshake.peer);
    if (typeof verdict !== 'string') this.#watch(handshake);
    return typeof verdict === 'object'
      ? verdict.then((each) => this.#begun.has(handshake) && this.#mayBegin(handshake, each))
      : this.#mayBegin(handshake, verdict);
  }

  /** A handshake has failed. */
  lose(handshake: TlsHandshake, error: unknown): void {
    if (this.take(handshake) === undefined) return;
    const { peer } = handshake;
    this.#doorkeeper.leave(peer);
    const problem = tlsProblem(error) ?? errorText(error);
    this.#door.onRefused('warn', peer, `a connection was not accepted: ${problem}`);
  }

  /**
   * A handshake is over; the doorkeeper still counts its connection.
   *
   * @returns the milliseconds that it took; undefined if it is not under way.
   */
  take(handshake: TlsHandshake): number | undefined {
    const begun = this.#begun.get(handshake);
    if (begun === undefined) return undefined;
    begun.timer.cancel();
    this.#begun.delete(handshake);
    return this.#environment.clock.now() - begun.at;
  }

  /** Closes the connections of all. */
  abortAll(): void {
    for (const handshake of this.#begun.keys()) {
      this.take(handshake);
      handshake.destroy();
    }
  }

  #watch(handshake: TlsHandshake): void {
    const { clock, limits } = this.#environment;
    const limitMs = limits.handshakeTimeoutMs;
    const onLate = (): void => {
      this.lose(handshake, new TimeoutError('the TLS handshake', limitMs, 'connection'));
      handshake.destroy();
    };
    const timer = setFairTimeout(clock, onLate, limitMs);
    this.#begun.set(handshake, { at: clock.now(), timer });
  }

  #mayBegin(handshake: TlsHandshake, verdict: Verdict): boolean {
    if (verdict === undefined) return true;
    if (this.take(handshake) !== undefined) this.#doorkeeper.leave(handshake.peer);
    this.#door.onRefused('debug', handshake.peer, `connection refused: ${verdict}`);
    return false;
  }
}
