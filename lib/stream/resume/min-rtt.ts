/** A measurement counts for so long. */
const WINDOW_MS = 20_000;

/** Of measurements that come faster, one in this time is kept. */
const SPACING_MS = 100;

/** The shortest of the times that were measured within the last 20 s. */
export class MinRtt {
  /** The shortest first; each further one is newer, and longer. */
  #samples: { readonly at: number; readonly ms: number }[] = [];

  add(now: number, ms: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && ms >= last.ms && now - last.at < SPACING_MS) return;
    while (this.#samples.length > 0 && this.#samples.at(-1)!.ms >= ms) this.#samples.pop();
    this.#samples.push({ at: now, ms });
    this.#removeOld(now);
  }

  /** Milliseconds; -1 if nothing was measured. */
  at(now: number): number {
    this.#removeOld(now);
    return this.#samples[0]?.ms ?? -1;
  }

  #removeOld(now: number): void {
    while (this.#samples[0] !== undefined && now - this.#samples[0].at > WINDOW_MS) {
      this.#samples.shift();
    }
  }
}
