import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import type { Keepalive } from '../../connection/link/keepalive.ts';

/** The longest that a server which goes away waits for a client that answers no question. */
const HEARD_MS = 5_000;

/**
 * Whether a client has heard that its server goes away. Its calls may be on their way until then: they
 * are refused, so that it repeats them elsewhere. If the connection were closed at once, nobody would
 * know that they have not run.
 */
export class Farewell {
  readonly #heard = new Deferred();
  readonly #alarm: Alarm;

  /** @param keepalive - asks the client, behind what it was told so far. */
  constructor(clock: Clock, keepalive: Pick<Keepalive, 'whenAnswered'>) {
    this.#alarm = new Alarm(clock);
    this.#alarm.set(HEARD_MS, () => this.#heard.resolve());
    keepalive.whenAnswered(() => this.end());
  }

  /** Resolves when the client has heard, when the connection has ended, or when that takes too long. */
  get heard(): Promise<void> {
    return this.#heard.promise;
  }

  /** Nothing more will come. */
  end(): void {
    this.#alarm.clear();
    this.#heard.resolve();
  }
}
