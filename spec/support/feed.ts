import { ByteQueue } from '../../lib/base/byte-queue.ts';
import { ByteWriter } from '../../lib/base/byte-writer.ts';
import { SlabPool } from '../../lib/base/slab-pool.ts';

/** A queue that holds these bytes, received in one chunk. */
export function queueOf(bytes: Buffer): ByteQueue {
  const queue = new ByteQueue();
  queue.append(bytes);
  return queue;
}

/** What `write` puts into a frame with a header of so many bytes, in hex. */
export function frameHex(headerBytes: number, write: (out: ByteWriter) => void): string {
  const out = new ByteWriter(new SlabPool());
  out.beginFrame(headerBytes);
  write(out);
  return out.takeBytes().toString('hex');
}

/** Pushes the slices one by one and gathers all that becomes complete on the way. */
export function feed<T>(
  slices: Iterable<Buffer>,
  queue: ByteQueue,
  next: () => T | undefined,
): NonNullable<T>[] {
  const complete: NonNullable<T>[] = [];
  for (const slice of slices) {
    queue.append(slice);
    for (let item = next(); item !== undefined && item !== null; item = next()) complete.push(item);
  }
  return complete;
}
