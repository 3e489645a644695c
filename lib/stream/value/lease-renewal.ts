import { Alarm } from '../../base/alarm.ts';
import type { Environment } from '../../settings/environment.ts';
import type { MainMessage } from '../../wire/main-message.ts';

/**
 * Number of renewals before a lease is over. The time between two of them has a bound as well,
 * because the peer's lease may be shorter than ours.
 */
const RENEWALS_PER_LEASE = 3;
const MAX_RENEWAL_MS = 10_000;

/** Numbers in one message at most, so that the message stays below every limit on requests. */
const RENEWALS_PER_MESSAGE = 1_024;

/** The streams of the peer's that are open. */
export interface OpenStreams {
  readonly size: number;
  /** The numbers of those with items that were not read yet. */
  unread(): readonly number[];
}

/**
 * Tells the peer regularly which of its streams we may still open. Items that were not read yet may
 * bring streams that we don't know of: for these, the number of the stream that brings the items
 * stands.
 */
export class LeaseRenewal {
  readonly #held: ReadonlyMap<number, unknown>;
  readonly #open: OpenStreams;
  readonly #everyMs: number;
  readonly #tellPeer: (message: MainMessage) => void;
  readonly #alarm: Alarm;

  /** @param held - the streams that are offered and not opened, by their numbers. */
  constructor(
    { clock, limits }: Environment,
    held: ReadonlyMap<number, unknown>,
    open: OpenStreams,
    tellPeer: (message: MainMessage) => void,
  ) {
    this.#held = held;
    this.#open = open;
    this.#everyMs = Math.min(limits.promiseLeaseMs / RENEWALS_PER_LEASE, MAX_RENEWAL_MS);
    this.#tellPeer = tellPeer;
    this.#alarm = new Alarm(clock);
  }

  /** Goes on for as long as there are such streams. */
  start(): void {
    if (!this.#alarm.isSet && this.#held.size + this.#open.size > 0) this.#plan();
  }

  end(): void {
    this.#alarm.clear();
  }

  #plan(): void {
    this.#alarm.set(this.#everyMs, () => {
      const numbers = [...this.#held.keys(), ...this.#open.unread()];
      for (let at = 0; at < numbers.length; at += RENEWALS_PER_MESSAGE) {
        const some = numbers.slice(at, at + RENEWALS_PER_MESSAGE);
        this.#tellPeer({ kind: 'streams-renew', numbers: some });
      }
      this.start();
    });
  }
}
