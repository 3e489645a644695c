import { Alarm } from '../../base/alarm.ts';
import type { Environment } from '../../settings/environment.ts';
import type { Lane } from './lane.ts';

/**
 * The idle lanes of a client, parked for the next stream: opening it then costs no round trip. The
 * last one parked is taken first, so that those that are not needed grow old and are closed.
 */
export class LanePool {
  readonly #environment: Environment;
  readonly #alarm: Alarm;
  /** In the order of parking, each with its time. */
  readonly #parked: { readonly lane: Lane; readonly since: number }[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#alarm = new Alarm(environment.clock);
  }

  /** Parked lanes. */
  get size(): number {
    return this.#parked.length;
  }

  /** A parked lane, which is the caller's from now on; undefined if there is none. */
  take(): Lane | undefined {
    for (let last; (last = this.#parked.pop()) !== undefined;) {
      if (last.lane.isIdle) return last.lane;
    }
    return undefined;
  }

  /** Keeps an idle lane for the next stream, or closes it where there are enough. */
  park(lane: Lane): void {
    const { clock, limits } = this.#environment;
    if (this.#parked.length >= limits.maxParked) {
      lane.retire();
      return;
    }
    this.#parked.push({ lane, since: clock.now() });
    if (!this.#alarm.isSet) this.#alarm.set(limits.parkedIdleMs, () => this.#retireOld());
  }

  /** Closes the lane that was parked first; returns whether there was one. */
  retireOldest(): boolean {
    const oldest = this.#parked.shift();
    oldest?.lane.retire();
    return oldest !== undefined;
  }

  /** A lane is closed. */
  remove(lane: Lane): void {
    const at = this.#parked.findIndex((parked) => parked.lane === lane);
    if (at >= 0) this.#parked.splice(at, 1);
  }

  /** Forgets all: the client is over, and its lanes with it. */
  clear(): void {
    this.#alarm.clear();
    this.#parked.length = 0;
  }

  #retireOld(): void {
    const { clock, limits } = this.#environment;
    const now = clock.now();
    const young = this.#parked.findIndex(({ since }) => now - since < limits.parkedIdleMs);
    const old = this.#parked.splice(0, young < 0 ? this.#parked.length : young);
    for (const { lane } of old) lane.retire();
    const oldest = this.#parked[0];
    if (oldest === undefined) return;
    this.#alarm.set(limits.parkedIdleMs - (now - oldest.since), () => this.#retireOld());
  }
}
