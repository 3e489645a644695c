import type { Clock } from '../../base/clock.ts';
import { promiseOf } from '../../base/promise-of.ts';
import { RateWindow } from '../../base/rate-window.ts';
import type { Peer } from '../../transport/transport.ts';
import { errorText } from '../server/error-text.ts';
import type { AcceptorOptions } from './acceptor-options.ts';
import { isLocalPeer } from './peer-identity.ts';

/** The limits that a doorkeeper keeps. */
type DoorLimits = Pick<
  AcceptorOptions,
  'maxConnections' | 'maxNegotiatingPerAddress' | 'handshakesPerSecond' | 'filterConnection'
>;

/** The sockets of one address. */
interface Visitor {
  negotiating: number;
  readonly handshakes: RateWindow;
}

/** Why a socket is turned away; undefined for one that may negotiate. */
export type Verdict = string | undefined;

/** Turns sockets away before a byte of them is read. */
export class Doorkeeper {
  readonly #clock: Clock;
  readonly #options: DoorLimits;
  /** Addresses in the order of their last visits. */
  readonly #visitors = new Map<string, Visitor>();

  constructor(clock: Clock, options: DoorLimits) {
    this.#clock = clock;
    this.#options = options;
  }

  /** The number of addresses that are remembered. */
  get addresses(): number {
    return this.#visitors.size;
  }

  /**
   * Returns why a socket is turned away, or undefined when it may negotiate; then `leave` must
   * follow.
   *
   * @param openSockets - the number of other sockets that are open.
   * @returns a promise if the filter is async. Then call `leave` in either case.
   */
  enter(peer: Peer, openSockets: number): Verdict | Promise<Verdict> {
    if (openSockets >= this.#options.maxConnections) return 'maxConnections are open';
    const visitor = this.#welcome(peer.address);
    if (!visitor.handshakes.count() && !isLocalPeer(peer)) return 'handshakesPerSecond is passed';
    if (visitor.negotiating >= this.#options.maxNegotiatingPerAddress) {
      return 'maxNegotiatingPerAddress are negotiating';
    }
    const verdict = this.#filter(peer);
    if (typeof verdict !== 'string') visitor.negotiating++;
    return verdict;
  }

  /** A socket has negotiated, or has failed to negotiate. */
  leave(peer: Peer): void {
    const visitor = this.#visitors.get(peer.address);
    if (visitor === undefined) return;
    visitor.negotiating--;
    if (visitor.negotiating === 0 && visitor.handshakes.isOver) this.#visitors.delete(peer.address);
  }

  #filter(peer: Peer): Verdict | Promise<Verdict> {
    const { filterConnection } = this.#options;
    if (filterConnection === undefined) return undefined;
    try {
      const answer = filterConnection(peer);
      return promiseOf(answer)?.then(verdictOf, filterFailure) ?? verdictOf(answer);
    } catch (error) {
      return filterFailure(error);
    }
  }

  #welcome(address: string): Visitor {
    const known = this.#visitors.get(address);
    if (known === undefined) this.#removeVisitors();
    const visitor = known ?? {
      negotiating: 0,
      handshakes: new RateWindow(this.#clock, this.#options.handshakesPerSecond),
    };
    this.#visitors.delete(address);
    this.#visitors.set(address, visitor);
    return visitor;
  }

  /**
   * Makes room for a new address: forgets addresses that were not seen for a while, the oldest
   * first.
   */
  #removeVisitors(): void {
    for (const [address, visitor] of this.#visitors) {
      if (visitor.negotiating > 0 || !visitor.handshakes.isOver) return;
      this.#visitors.delete(address);
    }
  }
}

/** Nothing but true lets in: a filter may be JavaScript, and forget to answer. */
function verdictOf(answer: unknown): Verdict {
  return answer === true ? undefined : 'filterConnection';
}

function filterFailure(error: unknown): string {
  return `filterConnection failed: ${errorText(error)}`;
}
