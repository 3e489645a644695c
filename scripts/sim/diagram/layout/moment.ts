/** A place in time: the time of the world, and the place among all that happened at that time. */
export interface Moment {
  readonly atMs: number;
  readonly order: number;
}

/** For sorting. */
export function compareMoments(one: Moment, other: Moment): number {
  return one.atMs - other.atMs || one.order - other.order;
}
