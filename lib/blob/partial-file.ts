import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { resolve } from 'node:path';

import { FILE_PATH } from '../base/option-kinds.ts';
import { checkArgument } from '../base/public-function.ts';
import { fileError, isCode } from './file-error.ts';

/** Only the owner reads and writes an incomplete file. */
export const PRIVATE_MODE = 0o600;

/**
 * The path of the partial file, which keeps the beginning of a file between attempts to receive it.
 */
export function partialPath(path: string): string {
  return `${resolve(path)}.partial`;
}

/**
 * The number of bytes of a file that an earlier `receiveFile` with `resume` has kept beside it; 0
 * if there are none. Ask the sender for the rest with `resumeFrom`.
 */
export async function partialBytes(path: string): Promise<number> {
  checkArgument('partialBytes', 'path', path, FILE_PATH);
  try {
    return (await lstat(partialPath(path))).size;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return 0;
    throw error;
  }
}

/**
 * Opens the partial file, or creates it.
 *
 * @throws the file system's errors, and EEXIST for a file that we can't have left there. A link, or
 * a file of another user, would let others choose where the bytes go.
 */
export async function openPartial(path: string): Promise<FileHandle> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
  try {
    return await open(path, O_RDWR | O_CREAT | O_EXCL, PRIVATE_MODE);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
  const file = await open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.nlink !== 1 || !isOurs(stats)) {
      throw fileError('EEXIST', 'what is there is no partial file of ours', path);
    }
    await file.chmod(PRIVATE_MODE);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Windows has no user ids. */
function isOurs({ uid }: { readonly uid: number }): boolean {
  return process.geteuid === undefined || process.geteuid() === uid;
}
