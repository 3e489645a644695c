import type { Environment } from '../../settings/environment.ts';
import type { Lane } from '../lane/lane.ts';
import type { KeptMemory } from '../resume/kept-memory.ts';
import type { ItemHandles, OuterStream } from './item-handles.ts';

/** The connection that produced streams belong to. */
export interface ProducedOwner {
  readonly environment: Environment;
  /** Handles of the streams in its items. */
  readonly itemHandles: ItemHandles;
  /** Counts what its resumable streams keep. */
  readonly memory: KeptMemory;
  /**
   * An item could not be sent: the peer will never know the streams in it.
   *
   * @param refusal - the reason.
   * @returns when the item may be tried again, if it lacks only room for its streams and there can
   *   be some; otherwise undefined, and the streams in it are released.
   */
  roomForItem(refusal: unknown): Promise<void> | undefined;
  /** The items of this stream from this one on are lost: ends the streams that they have brought. */
  abortFrom(number: number, item: number, cause: Error): void;
  /** The call that named this stream has failed: ends the streams that its items have brought. */
  abortWithin(number: number, cause: Error): void;
  /** The stream is over, and its number with it. */
  remove(produced: { readonly number: number }): void;
}

/** The place of an offered stream. */
export interface OfferPlace {
  /** The stream that holds it in an item; undefined if no stream does. */
  readonly outer: OuterStream | undefined;
  /**
   * Set if the stream begins at once: the idle lane that the consumer has offered for it, with the
   * number that the consumer chose.
   */
  readonly begun: { readonly number: number; readonly lane: Lane } | undefined;
}

/** The place of a stream that was offered in an item of another stream. */
export interface ItemPlace {
  /** The number of the outermost stream: the one that a call has named. */
  readonly root: number;
  /** The number of the other stream. */
  readonly outer: number;
  /** The number of items before that item. */
  readonly item: number;
}
