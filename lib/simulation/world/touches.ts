/** The numbers of the things that a job reads or changes, or all of them. */
export type Footprint = readonly number[] | 'all';

/**
 * The things that jobs read or change: the memory of a process, a queue, one direction of a connection.
 * Each has a number, given when it was made, so that it has the same in every world that has gone the
 * same way until then. Two jobs that touch no thing in common come to the same in either order.
 */
export class Touches {
  readonly #isOn: boolean;
  readonly #touched = new Set<number>();
  #count = 0;
  #oldest = 0;
  #isAll = false;

  /** @param isOn - whether they are taken down. Default: any job may have touched all. */
  constructor(isOn = false) {
    this.#isOn = isOn;
  }

  /** The number of a new thing. */
  make(): number {
    return this.#count++;
  }

  /** The job that happens now reads or changes the thing. */
  add(thing: number): void {
    if (this.#isOn) this.#touched.add(thing);
  }

  /** The job that happens now reads or changes so much that its order with all others counts. */
  addAll(): void {
    this.#isAll = true;
  }

  /** A job begins. */
  begin(): void {
    this.#touched.clear();
    this.#isAll = false;
    this.#oldest = this.#count;
  }

  /** The things that the job has touched. Those that it has made are unknown to others. */
  get footprint(): Footprint {
    if (this.#isAll || !this.#isOn) return 'all';
    return [...this.#touched].filter((thing) => thing < this.#oldest);
  }
}

/** Whether two jobs that can both happen now come to the same in either order. */
export function canSwap(one: Footprint, other: Footprint): boolean {
  if (one === 'all' || other === 'all') return false;
  return !one.some((thing) => other.includes(thing));
}
