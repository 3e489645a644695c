import { Alarm } from '../../base/alarm.ts';
import type { Environment } from '../../settings/environment.ts';
import type { Lane } from './lane.ts';

/**
 * The lanes of one main connection at the client. Idle lanes are parked for the next stream, so
 * that opening it costs no round trip. The lane that was parked last is used first: lanes that are
 * not needed grow old and are closed.
 */
export class LanePool {
  readonly #environment: Environment;
  readonly #alarm: Alarm;
  readonly #all = new Set<Lane>();
  /** Parked lanes in the order of parking, each with its time. */
  readonly #parked: { readonly lane: Lane; readonly since: number }[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#alarm = new Alarm(environment.clock);
  }

  /** All lanes that are not closed. */
  get all(): readonly Lane[] {
    return [...this.#all];
  }

  /** Lanes that neither side has ended. */
  get openCount(): number {
    let open = 0;
    for (const { link } of this.#all) if (link.phase === 'open') open++;
    return open;
  }

  /** A lane was dialed. */
  add(lane: Lane): void {
    this.#all.add(lane);
  }

  /** The number of parked lanes. */
  get size(): number {
    return this.#parked.length;
  }

  /** Takes a parked lane, which belongs to the caller from now on; undefined if there is none. */
  take(): Lane | undefined {
    for (let last; (last = this.#parked.pop()) !== undefined;) {
      if (last.lane.isIdle) return last.lane;
    }
    return undefined;
  }

  /** Keeps an idle lane for the next stream, or closes it if enough are parked. */
  park(lane: Lane): void {
    const { clock, limits } = this.#environment;
    if (this.#parked.length >= limits.maxParked) {
      lane.close();
      return;
    }
    this.#parked.push({ lane, since: clock.now() });
    if (!this.#alarm.isSet) this.#alarm.set(limits.parkedIdleMs, () => this.#closeOld());
  }

  /** Closes the lane that was parked first. Returns whether there was one. */
  closeOldest(): boolean {
    const oldest = this.#parked.shift();
    oldest?.lane.close();
    return oldest !== undefined;
  }

  /** A lane is closed. */
  remove(lane: Lane): void {
    this.#all.delete(lane);
    const at = this.#parked.findIndex((parked) => parked.lane === lane);
    if (at >= 0) this.#parked.splice(at, 1);
  }

  /** Parks no more lanes: the main connection is over, and its lanes with it. */
  clear(): void {
    this.#alarm.clear();
    this.#parked.length = 0;
  }

  #closeOld(): void {
    const { clock, limits } = this.#environment;
    const now = clock.now();
    const young = this.#parked.findIndex(({ since }) => now - since < limits.parkedIdleMs);
    const old = this.#parked.splice(0, young < 0 ? this.#parked.length : young);
    for (const { lane } of old) lane.close();
    const oldest = this.#parked[0];
    if (oldest === undefined) return;
    this.#alarm.set(limits.parkedIdleMs - (now - oldest.since), () => this.#closeOld());
  }
}
