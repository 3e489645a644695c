import { type TakeWhole, takeViews } from '../../base/take-whole.ts';
import { Cursor } from '../../serializer/cursor.ts';
import { DECODE_FROM, readsInPlace } from '../../serializer/in-place.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import type { SourceCarrier } from './half-carrier.ts';

/** The part of a carrier that is needed. */
type WholeCarrier = Pick<SourceCarrier, 'takeWhole' | 'resumption'>;

/** Reads messages where they lie: all that lie whole at the front, or one. */
interface InPlace<T> {
  readonly takeAll: TakeWhole<T>;
  readonly takeOne: TakeWhole<T>;
}

const NOTHING = Buffer.alloc(0);

/** Turns the frames of a stream into messages. */
export class MessageReading<T extends unknown[]> {
  readonly #child: WholeCarrier;
  readonly #serializer: Serializer<T>;
  readonly #handles: StreamHandles;
  readonly #onMisfit: (error: unknown) => Error;
  /** Made behind the first message; undefined if the serializer needs a view of each. */
  #inPlace: InPlace<T> | undefined;
  #isBegun = false;
  /** The place of one message. */
  readonly #one: T[] = [];

  /** @param onMisfit - a message does not decode; returns the error to be thrown. */
  constructor(
    child: WholeCarrier,
    serializer: Serializer<T>,
    handles: StreamHandles,
    onMisfit: (error: unknown) => Error,
  ) {
    this.#child = child;
    this.#serializer = serializer;
    this.#handles = handles;
    this.#onMisfit = onMisfit;
  }

  /** The message of a frame. The first one comes this way: its carrier has to see it. */
  decode(frame: Buffer): T {
    if (!this.#isBegun) this.#begin();
    try {
      return this.#serializer.decode(frame, this.#handles);
    } catch (error) {
      throw this.#onMisfit(error);
    }
  }

  /** The next message, if it can be read without a view of it. */
  readOne(): T | undefined {
    if (this.#inPlace === undefined || this.#child.resumption !== undefined) return undefined;
    this.#takeInPlace(this.#one, this.#inPlace.takeOne);
    return this.#one.pop();
  }

  /**
   * Appends the messages that lie whole in the first chunk, in a tight loop: most of a batch comes this
   * way (`stream.down.64B.batch`). The batch keeps what was read before an error.
   */
  readAll(batch: T[]): void {
    if (this.#inPlace !== undefined && this.#child.resumption === undefined) {
      this.#takeInPlace(batch, this.#inPlace.takeAll);
      return;
    }
    const serializer = this.#serializer;
    const handles = this.#handles;
    const at = this.#takeViews(batch);
    try {
      decodePlaces(batch, at, (view) => serializer.decode(view, handles));
    } catch (error) {
      throw this.#onMisfit(error);
    }
  }

  /** As `readAll`, by views that `decode` makes messages of. @throws its errors. */
  readViews(batch: T[], decode: (view: Buffer) => T): void {
    decodePlaces(batch, this.#takeViews(batch), decode);
  }

  /** Appends the views. Returns the place of the first. */
  #takeViews(places: (Buffer | T)[]): number {
    const at = places.length;
    this.#child.takeWhole(places as Buffer[], takeViews);
    return at;
  }

  #takeInPlace(into: T[], take: TakeWhole<T>): void {
    try {
      this.#child.takeWhole(into, take);
    } catch (error) {
      throw this.#onMisfit(error);
    }
  }

  /** One cursor goes from each message to the next (`micro.packed.batch`). */
  #begin(): void {
    this.#isBegun = true;
    const serializer = this.#serializer;
    if (!readsInPlace(serializer)) return;
    const cursor = new Cursor(NOTHING, this.#handles);
    this.#inPlace = {
      takeAll: (bytes, maxBytes, into) => {
        while (bytes.placePrefixed(maxBytes, cursor)) into.push(serializer[DECODE_FROM](cursor));
      },
      takeOne: (bytes, maxBytes, into) => {
        if (bytes.placePrefixed(maxBytes, cursor)) into.push(serializer[DECODE_FROM](cursor));
      },
    };
  }
}

/**
 * Makes messages of the views from this place on. Each takes the place of its view: a second array would
 * cost as much as the decoding. Keeps those before an error.
 */
function decodePlaces<T>(places: (Buffer | T)[], first: number, decode: (view: Buffer) => T): void {
  let at = first;
  try {
    for (; at < places.length; at++) places[at] = decode(places[at] as Buffer);
  } finally {
    places.length = at;
  }
}
