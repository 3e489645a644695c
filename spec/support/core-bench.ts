import { expect } from 'chai';

import { ClientMetrics } from '../../lib/call/client/client-metrics.ts';
import { MetricsRegistry } from '../../lib/diagnostics/stats.ts';
import { ClientCore } from '../../lib/session/client-core.ts';
import type { ClientEvents } from '../../lib/session/client-events.ts';
import type { Limits } from '../../lib/settings/limits.ts';
import { type Verb, verb } from '../../lib/verb/verb.ts';
import { BYTES } from './attachment-bench.ts';
import { PlayedNetwork, type PlayedPeer } from './played-network.ts';

/** A verb of any value. */
export const VALUE: Verb<(value: unknown) => unknown> = verb(8);

/** A client core whose server the test plays, and the events that it tells. */
export class CoreBench {
  readonly network: PlayedNetwork;
  readonly core: ClientCore;
  readonly metrics: ClientMetrics;
  readonly registry: MetricsRegistry = new MetricsRegistry();
  readonly events: [name: keyof ClientEvents, event: unknown][] = [];

  private constructor(network: PlayedNetwork) {
    this.network = network;
    this.metrics = new ClientMetrics(this.registry, 'mine');
    this.core = new ClientCore(
      network.dialer,
      this.metrics,
      { tell: (name, ...args) => void this.events.push([name, args[0]]) },
      { maxQueuedCalls: 100, hasCallStacks: false },
    );
  }

  static async start(limits?: Partial<Limits>): Promise<CoreBench> {
    return new CoreBench(await PlayedNetwork.start(limits));
  }

  get names(): string[] {
    return this.events.map(([name]) => name);
  }

  /** Connects, and gives the server's end. */
  async connect(connectionId: bigint = 5n): Promise<PlayedPeer> {
    const connecting = this.core.connect();
    await this.network.settle();
    const { peer } = this.network;
    peer.takeOffer();
    peer.answer(this.network.ours(connectionId));
    await connecting;
    return peer;
  }

  call(text: string): Promise<unknown> {
    return this.core.calls.call(BYTES, [Buffer.from(text)], {});
  }

  /** Ends the client at once; nothing may be left. */
  async close(): Promise<void> {
    const closed = this.core.abort('the test is over');
    await this.network.settle();
    await closed;
    expect(this.network.environment.clock.pendingTimers).to.equal(0);
  }
}

/** The payloads of the requests that have come, as text. */
export function texts(peer: PlayedPeer): string[] {
  return peer.takeRequests().map(({ payload }) => payload.toString());
}
