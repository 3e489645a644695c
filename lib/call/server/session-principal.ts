import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';
import { ClosedError } from '../../errors/errors.ts';

/** The principal of a session. It may expire. */
export class SessionPrincipal {
  readonly #alarm: Alarm;
  readonly #onExpired: (cause: Error) => void;
  #value: unknown;

  constructor(value: unknown, clock: Clock, onExpired: (cause: Error) => void) {
    this.#value = value;
    this.#alarm = new Alarm(clock);
    this.#onExpired = onExpired;
  }

  get value(): unknown {
    return this.#value;
  }

  /**
   * The client was authenticated, for a connection of the session.
   *
   * @param leftMs - milliseconds until it expires; undefined for never.
   */
  set(value: unknown, leftMs: number | undefined): void {
    this.#value = value;
    this.#alarm.clear();
    if (leftMs === undefined || leftMs === Infinity) return;
    const cause = new ClosedError('the principal of the client has expired (expiresAt)', 'local');
    this.#alarm.set(Math.max(0, leftMs), () => this.#onExpired(cause));
  }

  /** The session is over. */
  end(): void {
    this.#alarm.clear();
  }
}
