import { open, readlink } from 'node:fs/promises';
import {
  chunkEntry,
  type Entry,
  entryBytes,
  type Kind,
  kindEntry,
  MAX_CHUNK_BYTES,
} from './entry.ts';
import type { Store } from './store.ts';
import { type Found, joinPath, walk } from './walk.ts';

/** Files that are read at a time. */
const READERS = 8;
/** Bytes that one reader gathers before it writes them. */
const BATCH_BYTES = 1024 * 1024;
/** The mode's bits that let somebody execute the file. */
const EXECUTABLE = 0o111;

/** What a load can be told. */
export interface LoadOptions {
  /** Ends the load with its reason. */
  readonly signal: AbortSignal;
  /** Told of each batch that was stored. */
  readonly onBatch: (batch: Entry[]) => void;
}

/** Stores all files and symbolic links below a folder. @throws the first error, when all readers have ended. */
export async function load(folder: string, store: Store, options: LoadOptions): Promise<void> {
  const root = Buffer.from(folder);
  // The readers share one walk: whoever is free takes the next file, and a failing one ends it for all.
  const found = walk(root);
  const readers = Array.from({ length: READERS }, () => loadSome(root, found, store, options));
  for (const result of await Promise.allSettled(readers)) {
    if (result.status === 'rejected') throw result.reason;
  }
}

async function loadSome(
  root: Buffer,
  found: AsyncGenerator<Found>,
  store: Store,
  { signal, onBatch }: LoadOptions,
): Promise<void> {
  let batch: Entry[] = [];
  let batchBytes = 0;
  const flush = async (): Promise<void> => {
    const full = batch;
    batch = [];
    batchBytes = 0;
    await store.write(full);
    onBatch(full);
  };
  for await (const file of found) {
    for await (const entry of readEntries(root, file)) {
      signal.throwIfAborted();
      batch.push(entry);
      batchBytes += entryBytes(entry);
      if (batchBytes >= BATCH_BYTES) await flush();
    }
  }
  if (batch.length > 0) await flush();
}

async function* readEntries(root: Buffer, { path, isLink }: Found): AsyncGenerator<Entry> {
  const location = joinPath(root, path);
  if (!isLink) return yield* readFileEntries(location, path);
  yield kindEntry(path, 'link');
  yield chunkEntry(path, 0, await readlink(location, { encoding: 'buffer' }));
}

/** A file that grows meanwhile is read up to the length that it had at first. */
async function* readFileEntries(location: Buffer, path: Buffer): AsyncGenerator<Entry> {
  await using file = await open(location);
  const { mode, size } = await file.stat();
  const kind: Kind = (mode & EXECUTABLE) === 0 ? 'file' : 'executable';
  yield kindEntry(path, kind);
  for (let index = 0, offset = 0; offset < size; index++) {
    const chunk = Buffer.allocUnsafe(Math.min(MAX_CHUNK_BYTES, size - offset));
    const { bytesRead } = await file.read(chunk);
    if (bytesRead === 0) return;
    yield chunkEntry(path, index, chunk.subarray(0, bytesRead));
    offset += bytesRead;
  }
}
