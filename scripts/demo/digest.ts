import { createHash } from 'node:crypto';
import { type Entry, entryBytes } from './entry.ts';
import type { Store } from './store.ts';

/** What is in a store. Two stores with the same hash hold the same. */
export interface Digest {
  /** SHA-256 over every entry in order: the lengths of key and value, the key, the value. */
  readonly hash: string;
  /** How many entries there are. */
  readonly items: number;
  /** The bytes of all keys and values. */
  readonly bytes: number;
}

/**
 * Opens a store again and reads all of it.
 *
 * @param onBatch - told of each batch that was hashed; what it throws ends the reading.
 */
export async function digest(store: Store, onBatch?: (batch: Entry[]) => void): Promise<Digest> {
  await store.reopen();
  await using reader = store.read();
  const hash = createHash('sha256');
  const lengths = Buffer.alloc(8);
  let items = 0;
  let bytes = 0;
  for (let batch; (batch = await reader.readBatch());) {
    for (const entry of batch) {
      const [key, value] = entry;
      lengths.writeUInt32LE(key.length, 0);
      lengths.writeUInt32LE(value.length, 4);
      hash.update(lengths).update(key).update(value);
      bytes += entryBytes(entry);
    }
    items += batch.length;
    onBatch?.(batch);
  }
  return { hash: hash.digest('hex'), items, bytes };
}
