import { ProtocolError } from '../errors/errors.ts';

/** A part of a stream on a lane, in the order of version 3; `lane-frame.ts` has the frames. */
export type StreamPart =
  | 'retained'
  | 'headers'
  | 'sum'
  | 'message'
  | 'mark'
  | 'skipped'
  | 'trailers'
  | 'count'
  | 'error'
  | 'end of stream';

/** How far a stream has come. Each place is named by the part that was taken last. */
const PLACES = {
  begun: 0,
  retained: 1,
  headers: 2,
  /** A sum ahead of the first item. */
  firstSum: 3,
  items: 4,
  trailers: 5,
  /** A sum ahead of the count. */
  lastSum: 6,
  outcome: 7,
  ended: 8,
} as const;

type Place = (typeof PLACES)[keyof typeof PLACES];

/** For each part the last place that it may follow, the first one, and the place that it leads to. */
const RULES: Readonly<Record<StreamPart, readonly [first: Place, last: Place, next: Place]>> = {
  retained: [PLACES.begun, PLACES.begun, PLACES.retained],
  headers: [PLACES.begun, PLACES.retained, PLACES.headers],
  sum: [PLACES.begun, PLACES.trailers, PLACES.firstSum],
  message: [PLACES.begun, PLACES.items, PLACES.items],
  mark: [PLACES.begun, PLACES.items, PLACES.items],
  skipped: [PLACES.begun, PLACES.items, PLACES.items],
  trailers: [PLACES.begun, PLACES.items, PLACES.trailers],
  count: [PLACES.begun, PLACES.lastSum, PLACES.outcome],
  error: [PLACES.begun, PLACES.trailers, PLACES.outcome],
  'end of stream': [PLACES.outcome, PLACES.outcome, PLACES.ended],
};

/**
 * The order of the parts of a stream that has not been canceled, as its consumer reads it.
 *
 *     [retained] [headers] [sum] *(message | mark | skipped) [trailers] ( [sum] count | error ) EOS
 */
export class StreamOrder {
  #place: Place = PLACES.begun;

  /** Whether items may follow. A reader that takes many messages at once asks once. */
  get isOpen(): boolean {
    return this.#place <= PLACES.items;
  }

  /** Takes the next part. @throws ProtocolError of the stream where it does not belong. */
  take(part: StreamPart): void {
    const [first, last, next] = RULES[part];
    const place = this.#place;
    if (place < first || place > last) {
      throw new ProtocolError(`the peer sent ${part} where none belongs in a stream`, 'stream');
    }
    const isLastSum = part === 'sum' && place >= PLACES.firstSum;
    this.#place = isLastSum ? PLACES.lastSum : next;
  }
}
