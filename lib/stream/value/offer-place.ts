import type { Lane } from '../lane/lane.ts';
import type { OuterStream } from './item-handles.ts';

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
