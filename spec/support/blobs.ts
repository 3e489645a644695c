import { createHash } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { withByteStreams } from './producer.ts';
import type { Bench } from './stream-bench.ts';
import type { Direction } from './streams.ts';
import type { PairOptions } from './with-server.ts';

/** Our default: 512 KiB. */
export const CHUNK_BYTES = 524_288;

/** Messages of one Uint8Array. */
export type Bytes = [Uint8Array];

/** Runs a test with a stream of raw bytes from a client to a server, on real sockets and a clock that stands still. */
export async function withByteStream(
  run: (stream: Direction<Bytes>, bench: Bench) => Promise<void>,
  pair: PairOptions = {},
): Promise<void> {
  await withByteStreams(pair, async (bench) => run(await bench.streams.oneWay<Bytes>(), bench));
}

/** Runs a test with an empty folder, which is gone at its end. */
export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'blob-spec-')));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A digest in hex, computed the plain way. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Which files below a folder this process has open; none where the system does not tell. */
export function openFilesBelow(folder: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd')
    .map((name) => {
      try {
        return readlinkSync(`/proc/self/fd/${name}`);
      } catch {
        // The one that the folder of descriptors was read with.
        return '';
      }
    })
    .filter((path) => path.startsWith(`${folder}/`));
}

/** Gathers what an iterable gives. */
export async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const gathered: T[] = [];
  for await (const item of items) gathered.push(item);
  return gathered;
}

/** The lengths of messages of one Uint8Array. */
export function lengthsOf(messages: readonly Bytes[]): number[] {
  return messages.map(([bytes]) => bytes.length);
}
