import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { BLOCK_BYTES, checkBlocks, makeFolder, writeBlocks } from './block-files.ts';
import { bytesOutcome } from './outcomes.ts';
import type { Driving } from './workload.ts';

/** Whether the copy is brought to the disk before the time is taken. */
export type Syncing = 'synced' | 'unsynced';

/** Files to be sent, by their size in blocks. They are made when they are asked for. */
export class SourceFiles {
  readonly #folder = makeFolder();
  readonly #bySize = new Map<number, Promise<string>>();

  /** The path of the file. */
  get(blocks: number): Promise<string> {
    const found = this.#bySize.get(blocks) ?? this.#make(blocks);
    this.#bySize.set(blocks, found);
    return found;
  }

  async #make(blocks: number): Promise<string> {
    const path = join(this.#folder, `source-${blocks}`);
    await writeBlocks(path, blocks);
    return path;
  }
}

/**
 * Measures how long a file of so many blocks takes, and checks the copy: the first one byte for byte.
 *
 * @param prepare - has the file made, before the time runs.
 * @param copy - resolves when the copy is at the path.
 */
export function driveFiles(
  prepare: (blocks: number) => Promise<void>,
  copy: (blocks: number, path: string) => Promise<void>,
): Driving {
  const path = join(makeFolder(), 'copy');
  let isFirst = true;
  return {
    run: async (blocks) => {
      await prepare(blocks);
      const start = performance.now();
      await copy(blocks, path);
      const seconds = (performance.now() - start) / 1e3;
      await checkBlocks(path, blocks, isFirst);
      isFirst = false;
      await rm(path);
      return bytesOutcome(BLOCK_BYTES)(blocks, seconds);
    },
  };
}

/** Brings a file to the disk. */
export async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.sync();
  await file.close();
}
