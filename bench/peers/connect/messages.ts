import { create } from '@bufbuild/protobuf';
import { setTimeout as sleep } from 'node:timers/promises';

import type { BytesCargo, Cargo, RecordsCargo } from '../support/cargo.ts';
import { type BytesMessage, BytesSchema, type RecordMessage, RecordSchema } from './schema.ts';

/** Bytes as messages, which are made once and sent over and over. */
export function bytesMessages({ messages }: BytesCargo): readonly BytesMessage[] {
  return messages.map((data) => create(BytesSchema, { data }));
}

/** Records as messages. */
export function recordMessages({ messages }: RecordsCargo): readonly RecordMessage[] {
  return messages.map((record) => create(RecordSchema, record));
}

/** So many messages: a stream's source is an async iterable. */
export async function* repeat<Message>(
  messages: readonly Message[],
  count: number,
): AsyncGenerator<Message> {
  const mask = messages.length - 1;
  // The mask keeps the index within the ring.
  for (let i = 0; i < count; i++) yield messages[i & mask]!;
}

/** Reads a stream to its end. */
export async function takeAll<Message>(
  source: AsyncIterable<Message>,
  { take, readMs }: Cargo,
  contentOf: (message: Message) => unknown,
): Promise<void> {
  for await (const message of source) {
    take(contentOf(message));
    if (readMs > 0) await sleep(readMs);
  }
}
