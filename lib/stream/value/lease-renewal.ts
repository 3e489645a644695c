import { Alarm } from '../../base/alarm.ts';
import type { Environment } from '../../settings/environment.ts';
import type { MainMessage } from '../../wire/main-message.ts';

/** A lease is renewed so many times before it is over, and at least so often: the peer's may be shorter than ours. */
const RENEWALS_PER_LEASE = 3;
const MAX_RENEWAL_MS = 10_000;

/** Of numbers in one message, so that no limit on requests stands in its way. */
const RENEWALS_PER_MESSAGE = 1_024;

/** Tells the peer regularly which of its streams we may still open. */
export class LeaseRenewal {
  readonly #held: ReadonlyMap<number, unknown>;
  readonly #everyMs: number;
  readonly #tellPeer: (message: MainMessage) => void;
  readonly #alarm: Alarm;

  /** @param held - the streams that are offered and not opened, by their numbers. */
  constructor(
    { clock, limits }: Environment,
    held: ReadonlyMap<number, unknown>,
    tellPeer: (message: MainMessage) => void,
  ) {
    this.#held = held;
    this.#everyMs = Math.min(limits.promiseLeaseMs / RENEWALS_PER_LEASE, MAX_RENEWAL_MS);
    this.#tellPeer = tellPeer;
    this.#alarm = new Alarm(clock);
  }

  /** Goes on for as long as there are streams. */
  start(): void {
    if (!this.#alarm.isSet && this.#held.size > 0) this.#plan();
  }

  end(): void {
    this.#alarm.clear();
  }

  #plan(): void {
    this.#alarm.set(this.#everyMs, () => {
      const numbers = [...this.#held.keys()];
      if (numbers.length === 0) return;
      for (let at = 0; at < numbers.length; at += RENEWALS_PER_MESSAGE) {
        const some = numbers.slice(at, at + RENEWALS_PER_MESSAGE);
        this.#tellPeer({ kind: 'streams-renew', numbers: some });
      }
      this.#plan();
    });
  }
}
