import type { WatchedCall } from '../../diagnostics/watched-call.ts';
import { tellHalf, type ToldHalf } from '../half/half-events.ts';
import type { HalfListener } from '../half/half-listener.ts';
import type { HalfState } from '../half/half-state.ts';

/** The directions of one stream that somebody watches. */
export class ToldHalves {
  readonly #id: bigint;
  readonly #told: ToldHalf[] = [];
  #producer: ToldHalf | undefined;
  #call: WatchedCall | undefined;

  constructor(id: bigint) {
    this.#id = id;
  }

  /** A direction was opened. Its start is told when the call that names it is known. */
  add(side: 'producer' | 'consumer', state: HalfState, half: HalfListener): void {
    const told = tellHalf(side, this.#id, state, half);
    if (told === undefined) return;
    if (side === 'producer' || this.#call !== undefined) told.start(this.#call);
    if (side === 'producer') this.#producer = told;
    this.#told.push(told);
  }

  /** The window of the sending direction was full for long, and nothing was acknowledged. */
  onUnacknowledged(): void {
    this.#producer?.onUnacknowledged();
  }

  /** A call has named the stream. */
  setCall(call: WatchedCall | undefined): void {
    this.#call ??= call;
    for (const told of this.#told) told.start(call);
  }
}
