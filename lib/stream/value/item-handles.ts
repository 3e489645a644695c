import type { WatchedCall } from '../../diagnostics/watched-call.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import { serializerByName } from '../../serializer/types/serializer-by-name.ts';
import type { NamedStream } from '../half/named-stream.ts';
import { NO_HANDLES } from '../../serializer/no-handles.ts';
import type { ProducedHooks } from './produced-hooks.ts';

/** A stream in an item. */
export interface ItemStream extends NamedStream {
  readonly number: number;
  readonly serializer: Serializer;
}

/** The stream that an item belongs to. */
export interface OuterStream {
  readonly number: number;
  /** The number of the outermost stream: the one that a call has named. */
  readonly root: number;
  /** The number of items that were sent before the current one. */
  readonly sentItems: number;
  readonly hooks: ProducedHooks;
  /** The call that has named it, if somebody watches it. */
  readonly call: WatchedCall | undefined;
}

/** Offers the streams in items, and takes those that come. */
export interface ItemStreams {
  offer(stream: object, outer?: OuterStream): ItemStream;
  accept(number: number, serializer: Serializer): { readonly stream: object };
}

/**
 * The handles of a value stream's items. Items may hold value streams, but no sinks and sources.
 */
export class ItemHandles implements StreamHandles {
  readonly #streams: ItemStreams;
  /** The streams of the item that is being encoded. */
  #inItem: ItemStream[] = [];

  constructor(streams: ItemStreams) {
    this.#streams = streams;
  }

  describe(
    handle: object,
    declared?: Serializer,
  ): { readonly id: bigint; readonly serializer: string } {
    return NO_HANDLES.describe(handle, declared);
  }

  resolve(id: bigint, serializer: Serializer | undefined): object {
    return NO_HANDLES.resolve(id, serializer);
  }

  serializerNamed(name: string, own: Serializer): Serializer {
    return serializerByName(name, own);
  }

  offer(
    stream: object,
    outer?: OuterStream,
  ): { readonly number: number; readonly serializer: string } {
    const produced = this.#streams.offer(stream, outer);
    this.#inItem.push(produced);
    return { number: produced.number, serializer: produced.serializer.name };
  }

  accept(number: number, serializer: Serializer): object {
    return this.#streams.accept(number, serializer).stream;
  }

  /** The same handles, for the items of one stream that is sent. */
  within(outer: OuterStream): StreamHandles {
    return {
      describe: (handle, declared) => this.describe(handle, declared),
      resolve: (id, serializer) => this.resolve(id, serializer),
      serializerNamed: serializerByName,
      offer: (stream) => this.offer(stream, outer),
      accept: (number, serializer) => this.accept(number, serializer),
    };
  }

  /** The streams of the last item, whether it was encoded or not. The next item begins. */
  takeNamed(): readonly ItemStream[] {
    const named = this.#inItem;
    if (named.length > 0) this.#inItem = [];
    return named;
  }
}
