import { type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import type { Random } from '../base/random.ts';
import { claimFile } from './file-claim.ts';
import { fileError, isCode } from './file-error.ts';
import { openPartial, partialPath, PRIVATE_MODE } from './partial-file.ts';

const RANDOM_BYTES = 8;

/**
 * A file that appears as a whole or not at all. It is written under another name in the same
 * folder, where only its owner can read it, and renamed when its bytes are on the disk.
 */
export class AtomicFile {
  readonly #file: FileHandle;
  readonly #target: string;
  readonly #temporary: string;
  readonly #overwrite: boolean;
  readonly #release: () => void;
  #at = 0;
  #isPublished = false;

  /** @internal @param release - called when the file is closed and has its last name. */
  constructor(
    file: FileHandle,
    paths: { readonly target: string; readonly temporary: string },
    overwrite: boolean,
    release: () => void = () => {},
  ) {
    this.#file = file;
    this.#target = paths.target;
    this.#temporary = paths.temporary;
    this.#overwrite = overwrite;
    this.#release = release;
  }

  /**
   * Begins a file.
   *
   * @param overwrite - whether it replaces a file that exists.
   * @param random - makes the temporary name.
   * @throws the file system's errors, and EISDIR or EEXIST for a path that can't become the file.
   */
  static async begin(path: string, overwrite: boolean, random: Random): Promise<AtomicFile> {
    const target = resolve(path);
    await assertFree(target, overwrite);
    const name = random.bytes(RANDOM_BYTES).toString('hex');
    const temporary = join(dirname(target), `.sluice-${name}.tmp`);
    // Fails if the name exists, even as a dangling link.
    const file = await open(temporary, 'wx', PRIVATE_MODE);
    return new AtomicFile(file, { target, temporary }, overwrite);
  }

  /**
   * Opens the partial file of an earlier attempt; begins it where there is none.
   *
   * @throws as `begin`, and EBUSY while another transfer of this process has the file.
   */
  static async resume(path: string, overwrite: boolean): Promise<AtomicFile> {
    const target = resolve(path);
    await assertFree(target, overwrite);
    const temporary = partialPath(target);
    const file = await openPartial(temporary);
    try {
      const release = await claimFile(file, temporary);
      return new AtomicFile(file, { target, temporary }, overwrite, release);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The file of an earlier attempt, to write behind its bytes. */
  async seekEnd(): Promise<{ readonly file: FileHandle; readonly bytes: number }> {
    this.#at = (await this.#file.stat()).size;
    return { file: this.#file, bytes: this.#at };
  }

  /** Writes all of the bytes, behind those that are there. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, this.#at);
      done += bytesWritten;
      this.#at += bytesWritten;
    }
  }

  /**
   * Brings the written bytes to the disk, which may take a while. The file may still be aborted, or
   * kept.
   */
  async sync(): Promise<void> {
    await this.#file.sync();
  }

  /** Gives the file these permissions and its name, and brings both to the disk. */
  async publish(mode: number): Promise<void> {
    if (mode !== PRIVATE_MODE) {
      await this.#file.chmod(mode);
      await this.#file.sync();
    }
    await this.#file.close();
    if (this.#overwrite) {
      await rename(this.#temporary, this.#target);
    } else {
      // Unlike a renaming, it fails if the name exists by now.
      await link(this.#temporary, this.#target);
      await unlink(this.#temporary);
    }
    this.#isPublished = true;
    this.#release();
    await syncFolder(dirname(this.#target));
  }

  /** Closes the file, and removes it if it was not published. Never rejects. */
  async abort(): Promise<void> {
    await this.#close();
    if (!this.#isPublished) await unlink(this.#temporary).catch(() => {});
    this.#release();
  }

  /** Closes the file, and leaves it for the next attempt. Never rejects. */
  async keep(): Promise<void> {
    await this.#close();
    this.#release();
  }

  async #close(): Promise<void> {
    await this.#file.close().catch(() => {});
  }
}

/**
 * Finds out before the bytes come whether the renaming will fail: for what is there, and for a path
 * that no file can have.
 */
async function assertFree(target: string, overwrite: boolean): Promise<void> {
  if (target.includes('\0')) throw fileError('EINVAL', 'a path can not hold a NUL', target);
  let stats: Stats;
  try {
    stats = await lstat(target);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  if (stats.isDirectory()) throw fileError('EISDIR', 'a folder can not be replaced', target);
  if (!overwrite) throw fileError('EEXIST', 'the file is there already', target);
}

/** A name is on the disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  // Windows can't open a folder.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
