import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';
import { ClosedError } from '../../errors/errors.ts';
import { msUntilExpiry } from './principal-expiry.ts';

/** The principal of a session. It may expire. */
export class SessionPrincipal {
  readonly #alarm: Alarm;
  readonly #onExpired: (cause: Error) => void;
  #value: unknown;

  constructor(value: unknown, clock: Clock, onExpired: (cause: Error) => void) {
    this.#alarm = new Alarm(clock);
    this.#onExpired = onExpired;
    this.set(value);
  }

  get value(): unknown {
    return this.#value;
  }

  /** The client was authenticated, for another connection of the session. @throws as `msUntilExpiry`. */
  set(value: unknown): void {
    const leftMs = msUntilExpiry(value);
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
