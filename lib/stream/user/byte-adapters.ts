import { Readable } from 'node:stream';

import { FLAG, kind } from '../../base/option-kinds.ts';
import { optionsOf } from '../../base/public-function.ts';
import type { OptionTable } from '../../base/read-options.ts';
import { bytesIn } from '../half/message-memory.ts';
import { itemsToReadable } from './node-adapters.ts';

/** The form of a Readable. */
interface ReadableForm {
  readonly bytes?: boolean | undefined;
}

/** The form of a ReadableStream. */
interface WebForm {
  readonly type?: 'bytes' | undefined;
}

const READABLE_FORM: OptionTable<ReadableForm> = Object.freeze({ bytes: FLAG });

const WEB_FORM: OptionTable<WebForm> = Object.freeze({
  type: kind("'bytes'", (value) => value === 'bytes'),
});

const NOTHING = new Uint8Array(0);

/** @throws OptionError for options that are wrong. */
export function isByteReadable(form: ReadableForm | undefined): boolean {
  return form !== undefined && optionsOf('toReadable', form, READABLE_FORM).bytes === true;
}

/** @throws OptionError for options that are wrong. */
export function isByteStream(form: WebForm | undefined): boolean {
  return form !== undefined && optionsOf('toReadableStream', form, WEB_FORM).type === 'bytes';
}

/** A stream of items that can be borrowed. */
interface ItemStream<T> extends AsyncIterable<T> {
  borrowed(): AsyncIterableIterator<T>;
}

/** A Readable over the items, in the form that is asked for. @throws OptionError for another form. */
export function readableOf(items: ItemStream<unknown>, form: ReadableForm | undefined): Readable {
  const isBytes = isByteReadable(form);
  const iterator = items[Symbol.asyncIterator]();
  return isBytes ? messagesToByteReadable(iterator) : itemsToReadable(iterator);
}

/** A ReadableStream over the same. @throws OptionError for another form. */
export function readableStreamOf<T>(
  items: ItemStream<T>,
  form: WebForm | undefined,
): ReadableStream<T> {
  if (!isByteStream(form)) return ReadableStream.from(items);
  // The items of a stream of bytes are Uint8Arrays.
  return messagesToByteStream(items.borrowed()) as ReadableStream<T>;
}

/** The bytes of messages in order, without the borders between them. */
class ByteReading {
  readonly #messages: AsyncIterator<unknown>;
  /** Of the last message; not empty if it is set. */
  #rest: Uint8Array = NOTHING;

  constructor(messages: AsyncIterator<unknown>) {
    this.#messages = messages;
  }

  /**
   * The next bytes, which are as they are until all of them are taken; undefined at the end.
   *
   * @throws MisuseError for a message that is no bytes. The stream is canceled.
   */
  async peek(): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const step = await this.#messages.next();
      if (step.done === true) return undefined;
      try {
        this.#rest = bytesIn('a stream of bytes', [step.value]);
      } catch (error) {
        this.leave(error);
        throw error;
      }
    }
    return this.#rest;
  }

  take(bytes: number): void {
    this.#rest = this.#rest.subarray(bytes);
  }

  leave(reason: unknown): void {
    this.#messages.return?.(reason).catch(() => {});
  }
}

/**
 * A WHATWG byte stream that reads when it is pulled. It fills the memory of a reader that brings some;
 * other readers get a message at a time. Canceling it leaves the messages.
 *
 * @param messages - may be borrowed: their bytes are copied.
 */
export function messagesToByteStream(messages: AsyncIterator<unknown>): ReadableStream<Uint8Array> {
  const reading = new ByteReading(messages);
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      const bytes = await reading.peek();
      const request = controller.byobRequest;
      if (bytes === undefined) {
        controller.close();
        request?.respond(0);
        return;
      }
      const view = request?.view;
      if (view === undefined || view === null) {
        reading.take(bytes.length);
        // The memory of a chunk becomes that of the stream's reader alone.
        controller.enqueue(new Uint8Array(bytes));
        return;
      }
      const part = bytes.subarray(0, view.byteLength);
      new Uint8Array(view.buffer, view.byteOffset, part.length).set(part);
      reading.take(part.length);
      request?.respond(part.length);
    },
    cancel: (reason) => reading.leave(reason),
  });
}

/**
 * A Readable of bytes that reads a message when it is pulled. Destroying it early leaves the messages.
 *
 * @param messages - in memory of their own.
 */
export function messagesToByteReadable(messages: AsyncIterator<unknown>): Readable {
  const reading = new ByteReading(messages);
  return new Readable({
    highWaterMark: 1,
    read() {
      reading.peek().then(
        (bytes) => {
          if (bytes !== undefined) reading.take(bytes.length);
          this.push(bytes ?? null);
        },
        (error: unknown) => void this.destroy(error as Error),
      );
    },
    destroy(error, callback) {
      reading.leave(error ?? undefined);
      callback(error);
    },
  });
}
