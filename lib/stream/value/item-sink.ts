import type { StreamFigures } from '../../diagnostics/stream-figures.ts';
import type { CanceledError } from '../../errors/errors.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { ItemMemory } from './item-producer.ts';

/**
 * Takes the items of one stream from a pump. It may keep them, pass over some, or write them to a
 * lane at once.
 */
export interface ItemSink extends ItemMemory {
  /** How items become bytes. */
  readonly serializer: Serializer;
  /** Bytes of the item that was sent last. */
  readonly lastMessageBytes: number;
  /**
   * Resolves when all items were sent to the end of the stream, otherwise rejects with the cause.
   * Never an unhandled rejection.
   */
  readonly ended: Promise<void>;
  /** The progress of the sink. */
  figures(): StreamFigures;
  /**
   * Takes an item, as a tuple with one member.
   *
   * @returns undefined when there is room for more, or a promise to await before the next item.
   * @throws if the item can't be sent, or the stream is over. The item was not taken then.
   */
  send(message: unknown[]): Promise<void> | undefined;
  /** Takes the document before the first item, or after the last. */
  writeMetadata(type: 'headers' | 'trailers', document: Buffer): void;
  /** A batch is complete: its items need not wait for more. */
  endBatch(): void;
  /** Ends the stream after the items that were sent. Resolves when the kernel has taken the end. */
  close(): Promise<void>;
  /** Ends the stream with an error after the items that were sent. */
  abort(reason: unknown): void;
  /** The consumer wants no more. */
  cancel(cause: CanceledError): void;
}
