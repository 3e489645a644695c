import { type MetricsRegistry, type StatValues, zeroStats } from '../../diagnostics/stats.ts';

/** The counts of one client and of its streams; the registry sums them up by domain. */
export class ClientMetrics {
  readonly stats: StatValues = zeroStats();
  readonly streamStats: StatValues = zeroStats();
  readonly #registry: MetricsRegistry;
  readonly #domain: string;

  constructor(registry: MetricsRegistry, domain: string) {
    this.#registry = registry;
    this.#domain = domain;
    this.stats.connections = 1;
    this.streamStats.connections = 1;
    registry.add(domain, this.stats);
    registry.add(`${domain}_stream`, this.streamStats);
  }

  /** The client is closed; its counts stay in the sums. */
  close(): void {
    this.#registry.remove(this.#domain, this.stats);
    this.#registry.remove(`${this.#domain}_stream`, this.streamStats);
  }
}
