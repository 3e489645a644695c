import { type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import type { Random } from '../base/random.ts';
import { fileError } from './file-error.ts';
import { openPartial, partialPath, PRIVATE_MODE } from './partial-file.ts';

const RANDOM_BYTES = 8;

/** What becomes of a file. */
export interface AtomicFileOptions {
  /** Its permissions when it is complete. */
  readonly mode: number;
  /** Whether it takes the place of a file that is there. */
  readonly overwrite: boolean;
  /** Whether what an earlier attempt has left is gone on with, and what is there is kept at a failure. */
  readonly resume: boolean;
}

/**
 * A file that comes to be as a whole or not at all. It is written under another name in the same
 * folder, where only its owner can read it, and renamed when it is on the disk.
 */
export class AtomicFile {
  readonly #file: FileHandle;
  readonly #target: string;
  readonly #temporary: string;
  readonly #options: AtomicFileOptions;
  #at = 0;
  #isPublished = false;

  /** @internal */
  constructor(
    file: FileHandle,
    paths: { readonly target: string; readonly temporary: string },
    options: AtomicFileOptions,
  ) {
    this.#file = file;
    this.#target = paths.target;
    this.#temporary = paths.temporary;
    this.#options = options;
  }

  /**
   * Begins a file, or opens what is there of it.
   *
   * @param random - makes the name that it has meanwhile.
   * @throws what the file system says, and EISDIR or EEXIST for a path that can't become the file.
   */
  static async open(path: string, options: AtomicFileOptions, random: Random): Promise<AtomicFile> {
    const target = resolve(path);
    await assertFree(target, options.overwrite);
    if (options.resume) {
      const temporary = partialPath(target);
      return new AtomicFile(await openPartial(temporary), { target, temporary }, options);
    }
    const name = random.bytes(RANDOM_BYTES).toString('hex');
    const temporary = join(dirname(target), `.sluice-${name}.tmp`);
    // Fails where anything is, a dangling link included.
    const file = await open(temporary, 'wx', PRIVATE_MODE);
    return new AtomicFile(file, { target, temporary }, options);
  }

  /** What an earlier attempt has left, to be written behind. */
  async seekEnd(): Promise<{ readonly file: FileHandle; readonly bytes: number }> {
    this.#at = (await this.#file.stat()).size;
    return { file: this.#file, bytes: this.#at };
  }

  /** Writes the next bytes, all of them. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, this.#at);
      done += bytesWritten;
      this.#at += bytesWritten;
    }
  }

  /** Brings what was written to the disk, which may take a while. It may still be discarded, or kept. */
  async sync(): Promise<void> {
    await this.#file.sync();
  }

  /** Gives it its permissions and its name, and brings these to the disk as well. */
  async publish(): Promise<void> {
    const { mode, overwrite } = this.#options;
    if (mode !== PRIVATE_MODE) {
      await this.#file.chmod(mode);
      await this.#file.sync();
    }
    await this.#file.close();
    if (overwrite) {
      await rename(this.#temporary, this.#target);
    } else {
      // Unlike a renaming, it fails where something has come to be meanwhile.
      await link(this.#temporary, this.#target);
      await unlink(this.#temporary);
    }
    this.#isPublished = true;
    await syncFolder(dirname(this.#target));
  }

  /** Closes it, and leaves nothing of it if it was not published. Never rejects. */
  async discard(): Promise<void> {
    await this.keep();
    if (!this.#isPublished) await unlink(this.#temporary).catch(() => {});
  }

  /** Closes it, and leaves what there is for the next attempt. Never rejects. */
  async keep(): Promise<void> {
    await this.#file.close().catch(() => {});
  }
}

/** Finds out before all the bytes have come what the renaming would say. */
async function assertFree(target: string, overwrite: boolean): Promise<void> {
  const stats = await lstat(target).catch(() => undefined);
  if (stats === undefined) return;
  if (stats.isDirectory()) throw fileError('EISDIR', 'a folder can not be replaced', target);
  if (!overwrite) throw fileError('EEXIST', 'the file is there already', target);
}

/** A name is on the disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  // There a folder can't be opened.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
