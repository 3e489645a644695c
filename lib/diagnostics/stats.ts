import { OBJECT, TEXT } from '../base/option-kinds.ts';
import { checkArgument } from '../base/public-function.ts';

/**
 * The counts of a connection: those of Seastar's `rpc::stats`, and our own. All of them only grow,
 * except `pending` and `waitReply`.
 */
export interface StatValues {
  /** The number of connections that are counted here; Seastar's `count`. */
  connections: number;
  /** Frames sent, the negotiation frame included. */
  sentMessages: number;
  /** Replies received, without exceptions. */
  replied: number;
  /** Calls that wait to be sent. */
  pending: number;
  /** Calls that wait for their reply. */
  waitReply: number;
  /** Exceptions received. */
  exceptionReceived: number;
  /** Calls that ran out of time. */
  timeout: number;
  /** Replies that are included in `delayTotal`. */
  delaySamples: number;
  /** Sum of round trip minus handler time, in seconds. */
  delayTotal: number;
  /** Malformed replies, and replies to a message id that no call waits for. */
  unknownReplies: number;
  /** Sinks and sources that were dropped without an end. */
  streamLeaked: number;
  /**
   * Sockets that a server turned away, or dropped before they had negotiated: too many, too slow,
   * another protocol, or a wrong parent.
   */
  refusedConnections: number;
  /** Connections that a client has made after its first one. */
  reconnects: number;
}

/** All counts at zero. */
export function zeroStats(): StatValues {
  return {
    connections: 0,
    sentMessages: 0,
    replied: 0,
    pending: 0,
    waitReply: 0,
    exceptionReceived: 0,
    timeout: 0,
    delaySamples: 0,
    delayTotal: 0,
    unknownReplies: 0,
    streamLeaked: 0,
    refusedConnections: 0,
    reconnects: 0,
  };
}

/** Adds `from` to `to`. */
export function addStats(to: StatValues, from: Readonly<StatValues>): void {
  for (const key of Object.keys(to) as (keyof StatValues)[]) to[key] += from[key];
}

/**
 * Counts of all connections by metrics domain. Totals survive the connections that they came from,
 * so that rates can be computed. Source: Seastar `rpc.cc`, `client::metrics::domain`.
 */
export class MetricsRegistry {
  readonly #live = new Map<string, Set<Readonly<StatValues>>>();
  readonly #dead = new Map<string, StatValues>();

  /** Starts counting a connection's stats in a domain. */
  add(domain: string, stats: Readonly<StatValues>): void {
    checkArgument('MetricsRegistry.add', 'domain', domain, TEXT);
    checkArgument('MetricsRegistry.add', 'stats', stats, OBJECT);
    let live = this.#live.get(domain);
    if (live === undefined) this.#live.set(domain, (live = new Set()));
    live.add(stats);
  }

  /**
   * Stops counting a connection that has ended. Its counts stay in the total, except `connections`,
   * `pending` and `waitReply`.
   */
  remove(domain: string, stats: Readonly<StatValues>): void {
    if (this.#live.get(domain)?.delete(stats) !== true) return;
    let dead = this.#dead.get(domain);
    if (dead === undefined) this.#dead.set(domain, (dead = zeroStats()));
    addStats(dead, { ...stats, connections: 0, pending: 0, waitReply: 0 });
  }

  /** The domains that have been seen. */
  domains(): string[] {
    return [...new Set([...this.#live.keys(), ...this.#dead.keys()])];
  }

  /** A domain's totals, as a copy. */
  totals(domain: string): StatValues {
    const totals = zeroStats();
    const dead = this.#dead.get(domain);
    if (dead !== undefined) addStats(totals, dead);
    for (const stats of this.#live.get(domain) ?? []) addStats(totals, stats);
    return totals;
  }
}
