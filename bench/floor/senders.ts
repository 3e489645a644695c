import { serializeWithBufferAndIndex } from 'bson';

import type { BenchRecord } from '../support/records.ts';
import type { RawOutput } from './raw-output.ts';

const HEADER_BYTES = 4;

/** Half of a processor's first cache or so: larger ones cost both ends a quarter of their speed. */
const SLAB_BYTES = 32_768;

/** Room that a record needs at most, so that it is encoded where it is sent from. */
const RECORD_ROOM_BYTES = 256;

/** Bulk messages up to so many bytes go out in one call of the system. */
const GATHER_BYTES = 262_144;

/** Copies small messages together, by the quickest means there are: `set`, and a `DataView`. */
export async function sendSmall(
  output: RawOutput,
  messages: readonly Buffer[],
  count: number,
): Promise<void> {
  const slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  const view = new DataView(slab.buffer);
  const mask = messages.length - 1;
  let at = 0;
  for (let i = 0; i < count; i++) {
    // The mask keeps the index within the ring.
    const message = messages[i & mask]!;
    const length = message.length;
    if (at + HEADER_BYTES + length > SLAB_BYTES) {
      const taken = output.write(slab.subarray(0, at));
      if (taken !== undefined) await taken;
      at = 0;
    }
    view.setUint32(at, length, true);
    slab.set(message, at + HEADER_BYTES);
    at += HEADER_BYTES + length;
  }
  await output.write(slab.subarray(0, at));
}

/** Fills memory with large messages and sends them from there: as many as go out in one call. */
export function sendFilled(
  output: RawOutput,
  messages: readonly Buffer[],
  count: number,
): Promise<void> {
  const { length } = messages[0]!;
  const memory = Array.from({ length: Math.max(1, Math.ceil(GATHER_BYTES / length)) }, () =>
    Buffer.allocUnsafeSlow(length),
  );
  return sendBulk(output, messages, count, (message, i) => {
    const filled = memory[i % memory.length]!;
    filled.set(message);
    return filled;
  });
}

/**
 * Sends large messages from where they lie.
 *
 * @param fill - gives the memory that is sent in place of a message. Default: the message.
 */
export async function sendBulk(
  output: RawOutput,
  messages: readonly Buffer[],
  count: number,
  fill: (message: Buffer, i: number) => Buffer = (message) => message,
): Promise<void> {
  const headers = messages.map((message) => {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(message.length);
    return header;
  });
  const mask = messages.length - 1;
  let segments: Buffer[] = [];
  let gatheredBytes = 0;
  for (let i = 0; i < count; i++) {
    const place = i & mask;
    // The mask keeps the index within the ring.
    const message = messages[place]!;
    segments.push(headers[place]!, fill(message, i));
    gatheredBytes += message.length;
    if (gatheredBytes < GATHER_BYTES) continue;
    const taken = output.writeAll(segments);
    if (taken !== undefined) await taken;
    segments = [];
    gatheredBytes = 0;
  }
  await output.writeAll(segments);
}

/** Encodes documents by js-bson where they are sent from. */
export async function sendDocuments(
  output: RawOutput,
  documents: readonly { readonly 0: BenchRecord }[],
  count: number,
): Promise<void> {
  const slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  const view = new DataView(slab.buffer);
  const mask = documents.length - 1;
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + RECORD_ROOM_BYTES > SLAB_BYTES) {
      const taken = output.write(slab.subarray(0, at));
      if (taken !== undefined) await taken;
      at = 0;
    }
    const start = at + HEADER_BYTES;
    // The mask keeps the index within the ring.
    const end = serializeWithBufferAndIndex(documents[i & mask]!, slab, { index: start }) + 1;
    view.setUint32(at, end - start, true);
    at = end;
  }
  await output.write(slab.subarray(0, at));
}
