import type { FileHandle } from 'node:fs/promises';

import { fileError } from './file-error.ts';

/** The files that transfers of this process write, by device and number: a file has many paths. */
const claimed = new Set<string>();

/**
 * Keeps other transfers of this process off an open file. It belongs to no connection, as two of
 * them may receive the same file.
 *
 * @returns gives the file up; calls after the first do nothing.
 * @throws EBUSY where another transfer has it.
 */
export async function claimFile(file: FileHandle, path: string): Promise<() => void> {
  const { dev, ino } = await file.stat({ bigint: true });
  const key = `${dev}:${ino}`;
  if (claimed.has(key)) throw fileError('EBUSY', 'another transfer is receiving this file', path);
  claimed.add(key);
  let isHeld = true;
  return () => {
    if (isHeld) claimed.delete(key);
    isHeld = false;
  };
}
