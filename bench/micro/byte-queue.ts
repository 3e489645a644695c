// What does it cost to take pieces off the front of what has come, from chunks large and small?

import { ByteQueue } from '../../lib/base/byte-queue.ts';
import { expectEqual } from '../support/expect-equal.ts';
import type { Micro } from '../support/micro.ts';

const TOTAL_BYTES = 65_536;
const PIECE_BYTES = 64;
const PIECES = TOTAL_BYTES / PIECE_BYTES;

const large = [Buffer.alloc(TOTAL_BYTES, 1)];
const small = Array.from({ length: 256 }, () => Buffer.alloc(TOTAL_BYTES / 256, 1));

/** The floor joins the chunks and makes views. */
export const byteQueueMicros: readonly Micro[] = [
  micro('micro.byte-queue.large-chunks', large),
  micro('micro.byte-queue.small-chunks', small),
];

function micro(name: string, chunks: readonly Buffer[]): Micro {
  return {
    name,
    operations: PIECES,
    floor: () => {
      const first = chunks[0];
      const bytes = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
      let sum = 0;
      for (let at = 0; at < TOTAL_BYTES; at += PIECE_BYTES) {
        sum += bytes.subarray(at, at + PIECE_BYTES)[0] ?? 0;
      }
      expectEqual(sum, PIECES);
    },
    sluice: () => {
      const queue = new ByteQueue();
      for (const chunk of chunks) queue.append(chunk);
      let sum = 0;
      while (queue.byteLength > 0) sum += queue.take(PIECE_BYTES)[0] ?? 0;
      expectEqual(sum, PIECES);
    },
  };
}
