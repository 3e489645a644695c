import type { Clock } from '../base/clock.ts';
import { surroundingsOf } from '../base/surroundings.ts';
import { CanceledError } from '../errors/errors.ts';
import type { ItemMemory, TimedItems } from '../stream/value/item-producer.ts';
import type { DerivedItems } from '../stream/value/one-shot.ts';
import type { BlobContent } from './blob-content.ts';
import type { Sending } from './blob-options.ts';
import { OutgoingBlob } from './outgoing-blob.ts';

/**
 * The messages of a blob that is a value. Each iteration sends it again, if its content can be
 * opened again.
 */
export class BlobMessages implements TimedItems, DerivedItems {
  /** A value with this mark is told by `cancel` when nobody has wanted it. */
  readonly '~stream': 'local' = 'local';
  readonly #content: BlobContent;
  readonly #options: Sending;

  constructor(content: BlobContent, options: Sending) {
    this.#content = content;
    this.#options = options;
  }

  get '~itemsOf'(): object | undefined {
    return this.#content.pieces;
  }

  /** Nobody has wanted it. */
  cancel(): void {
    this.#content.release();
  }

  '~itemsBy'(clock: Clock, memory?: ItemMemory): AsyncIterableIterator<Uint8Array> {
    const blob = new OutgoingBlob(this.#content, this.#options, clock);
    return new MessageIterator(blob, this.#options, memory);
  }

  /** If it is read without being sent, it belongs to no client or server. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return this['~itemsBy'](surroundingsOf().clock);
  }
}

/** An iterator with a `return` that does not wait for the content that `next` waits for. */
class MessageIterator implements AsyncIterableIterator<Uint8Array> {
  readonly #blob: OutgoingBlob;
  readonly #messages: AsyncGenerator<Uint8Array, void, undefined>;

  constructor(blob: OutgoingBlob, options: Sending, memory: ItemMemory | undefined) {
    this.#blob = blob;
    this.#messages = sent(blob, options, memory);
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    return this.#messages.next();
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#blob.interruption.interrupt(new CanceledError('stream'));
    this.#blob.interruption.end();
    return await this.#messages.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

async function* sent(
  blob: OutgoingBlob,
  { onSent }: Sending,
  memory: ItemMemory | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    // A stream may have no memory to give.
    const take = memory?.take && ((bytes: number) => memory.take!(bytes));
    yield* blob.messages(take);
    const told: unknown = onSent?.(blob.meter.report());
    await told;
  } finally {
    blob.interruption.end();
  }
}
