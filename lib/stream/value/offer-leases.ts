import { Alarm } from '../../base/alarm.ts';
import { StreamNotFoundError } from '../../errors/errors.ts';
import type { Environment } from '../../settings/environment.ts';
import type { NestedStreams } from './nested-streams.ts';
import type { Produced } from './produced.ts';

/**
 * The leases of streams that we have offered. If the peer neither opens a stream nor renews its
 * lease in time, the stream is over and its producer frees its resources.
 *
 * The lease of a stream in an item that is kept for its consumer begins when the item is known as
 * taken, or a little later: it is looked at when leases end.
 */
export class OfferLeases {
  readonly #environment: Environment;
  readonly #offers: ReadonlyMap<number, Produced>;
  readonly #nested: NestedStreams;
  readonly #isUntaken: (produced: Produced) => boolean;
  readonly #alarm: Alarm;
  /** The time of the pause, by the clock. */
  #pausedAt: number | undefined;

  /**
   * @param offers - all streams that are not over, by their numbers; running streams have no lease.
   * @param nested - those among them that were offered in items.
   * @param isUntaken - whether the peer can't know of a stream, because it is in an item that may be
   *   on its way.
   */
  constructor(
    environment: Environment,
    offers: ReadonlyMap<number, Produced>,
    nested: NestedStreams,
    isUntaken: (produced: Produced) => boolean,
  ) {
    this.#environment = environment;
    this.#offers = offers;
    this.#nested = nested;
    this.#isUntaken = isUntaken;
    this.#alarm = new Alarm(environment.clock);
  }

  /** A stream was offered. */
  watch(): void {
    if (this.#alarm.isSet || this.#pausedAt !== undefined) return;
    this.#alarm.set(this.#environment.limits.promiseLeaseMs, () => {
      this.#endLeases();
      if (this.#offers.size > 0) this.watch();
    });
  }

  /** The peer may still open these streams, and those in items of these that it has yet to read. */
  renew(numbers: readonly number[]): void {
    const { clock, limits } = this.#environment;
    const leaseUntil = clock.now() + limits.promiseLeaseMs;
    for (const number of numbers) {
      const produced = this.#offers.get(number);
      if (produced !== undefined) produced.leaseUntil = leaseUntil;
      this.#nested.keep(number, leaseUntil);
    }
  }

  /** The peer can't open or renew anything now: the leases stand still. */
  pause(): void {
    this.#alarm.clear();
    this.#pausedAt ??= this.#environment.clock.now();
  }

  resume(): void {
    if (this.#pausedAt === undefined) return;
    const pausedMs = this.#environment.clock.now() - this.#pausedAt;
    this.#pausedAt = undefined;
    for (const produced of this.#offers.values()) produced.leaseUntil += pausedMs;
    this.#nested.keepLonger(pausedMs);
    if (this.#offers.size > 0) this.watch();
  }

  #endLeases(): void {
    const { clock, limits } = this.#environment;
    const now = clock.now();
    for (const produced of this.#offers.values()) {
      if (!produced.isOffered) continue;
      if (this.#isUntaken(produced)) produced.leaseUntil = Infinity;
      else if (produced.leaseUntil === Infinity) produced.leaseUntil = now + limits.promiseLeaseMs;
      const leaseUntil = Math.max(produced.leaseUntil, this.#nested.keptUntil(produced));
      if (leaseUntil <= now) {
        produced.lose(new StreamNotFoundError('nobody wanted the stream in time', 'remote'));
      }
    }
  }
}
