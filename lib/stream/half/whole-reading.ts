import { type TakeWhole, takeViews } from '../../base/take-whole.ts';
import { Cursor } from '../../serializer/cursor.ts';
import { type InPlaceSerializer, readsInPlace } from '../../serializer/in-place.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import type { SourceCarrier } from './half-carrier.ts';

/** The part of a carrier that is needed. */
type WholeCarrier = Pick<SourceCarrier, 'takeWhole' | 'resumption'>;

const NOTHING = Buffer.alloc(0);

/**
 * Reads the messages that lie whole in the first chunk, in a tight loop: most of a batch comes this way
 * (`stream.down.64B.batch`). A batch holds what was read before an error.
 */
export class WholeReading<T extends unknown[]> {
  readonly #child: WholeCarrier;
  readonly #serializer: Serializer<T>;
  readonly #handles: StreamHandles;
  /** Reads messages where they lie; undefined if the serializer needs a view of each. */
  readonly #take: TakeWhole<T> | undefined;

  constructor(child: WholeCarrier, serializer: Serializer<T>, handles: StreamHandles) {
    this.#child = child;
    this.#serializer = serializer;
    this.#handles = handles;
    this.#take = readsInPlace(serializer) ? takerOf(serializer, handles) : undefined;
  }

  /** Appends them to the batch. @throws the errors of the serializer. */
  read(batch: T[]): void {
    const child = this.#child;
    const serializer = this.#serializer;
    const take = child.resumption === undefined ? this.#take : undefined;
    if (take !== undefined) child.takeWhole(batch, take);
    else this.readViews(batch, (view) => serializer.decode(view, this.#handles));
  }

  /** Appends what `decode` makes of views of them. @throws its errors. */
  readViews(batch: T[], decode: (view: Buffer) => T): void {
    // Each message takes the place of its view: a second array would cost as much as the decoding.
    const places: (Buffer | T)[] = batch;
    let at = places.length;
    this.#child.takeWhole(places as Buffer[], takeViews);
    try {
      for (; at < places.length; at++) places[at] = decode(places[at] as Buffer);
    } finally {
      places.length = at;
    }
  }
}

/** One cursor goes from each message to the next (`micro.packed.batch`). */
function takerOf<T extends unknown[]>(
  serializer: InPlaceSerializer<T>,
  handles: StreamHandles,
): TakeWhole<T> {
  const cursor = new Cursor(NOTHING, handles);
  return (bytes, maxBytes, into) => {
    while (bytes.placePrefixed(maxBytes, cursor)) into.push(serializer.decodeFrom(cursor));
  };
}
