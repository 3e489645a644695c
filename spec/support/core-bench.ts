import { expect } from 'chai';

import type { Random } from '../../lib/base/random.ts';
import { ClientMetrics } from '../../lib/call/client/client-metrics.ts';
import type { CallOptions } from '../../lib/call/common/call-options.ts';
import { MetricsRegistry } from '../../lib/diagnostics/stats.ts';
import { ClientCore } from '../../lib/session/client-core.ts';
import type { ClientEvents } from '../../lib/session/client-events.ts';
import type { ConnectRules } from '../../lib/session/connector.ts';
import { type ReconnectOptions, resolveReconnect } from '../../lib/session/reconnect-options.ts';
import type { Limits } from '../../lib/settings/limits.ts';
import type { ManualClock } from '../../lib/simulation/manual-clock.ts';
import { type Verb, verb } from '../../lib/verb/verb.ts';
import type { Features } from '../../lib/wire/feature.ts';
import { BYTES } from './attachment-bench.ts';
import { Counter } from './passing.ts';
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

  /** Called behind each event. */
  onTold: (name: keyof ClientEvents) => void = () => {};

  private constructor(network: PlayedNetwork, rules: ConnectRules | undefined) {
    this.network = network;
    this.metrics = new ClientMetrics(this.registry, 'mine');
    this.core = new ClientCore(
      network.dialer,
      this.metrics,
      {
        tell: (name, ...args) => {
          this.events.push([name, args[0]]);
          this.onTold(name);
        },
      },
      { maxQueuedCalls: 100, hasCallStacks: false },
      rules,
    );
  }

  static async start(limits?: Partial<Limits>): Promise<CoreBench> {
    return new CoreBench(await PlayedNetwork.start(limits), undefined);
  }

  /** One that reconnects. */
  static async reconnecting(
    options: {
      reconnect?: ReconnectOptions;
      isFirstFinal?: boolean;
      limits?: Partial<Limits>;
      clock?: ManualClock;
      random?: Random;
    } = {},
  ): Promise<CoreBench> {
    const { limits, isFirstFinal = false, clock, random } = options;
    const reconnect = resolveReconnect(options.reconnect);
    const own = { ...(clock && { clock }), ...(random && { random }) };
    const network = await PlayedNetwork.start(limits, own);
    return new CoreBench(network, { reconnect, isFirstFinal });
  }

  get names(): string[] {
    return this.events.map(([name]) => name);
  }

  /** Connects, and gives the server's end. */
  async connect(
    connectionId: bigint = 5n,
    answer: Partial<Features> = this.network.ours(connectionId),
  ): Promise<PlayedPeer> {
    const connecting = this.core.connect();
    await this.network.settle();
    const { peer } = this.network;
    peer.takeOffer();
    peer.answer(answer);
    await connecting;
    return peer;
  }

  call(text: string, options: CallOptions = {}): Promise<unknown> {
    return this.core.calls.call(BYTES, [Buffer.from(text)], options);
  }

  /** A call with a stream among its arguments. */
  sendStream(): Promise<unknown> {
    return this.core.calls.call(VALUE, [new Counter(3).items()], {});
  }

  /** The server answers the attempt that is under way, and gives its end. */
  async answer(connectionId: bigint): Promise<PlayedPeer> {
    const { peer } = this.network;
    peer.takeOffer();
    peer.answer(this.network.ours(connectionId));
    await this.network.settle();
    return peer;
  }

  /** The server ends the connection. */
  async lose(peer: PlayedPeer): Promise<void> {
    peer.recorder.end();
    await this.network.settle();
  }

  /** Time passes. */
  async pass(ms: number): Promise<void> {
    this.network.environment.clock.advance(ms);
    await this.network.settle();
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
