import { constants } from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { checkBounds } from '../base/bounds.ts';
import { REFERENCE_BYTES } from '../base/byte-writer.ts';
import { ANY } from '../base/option-kinds.ts';
import type { OptionTable } from '../base/read-options.ts';
import { OptionError } from '../errors/errors.ts';
import type { BlobContent } from './blob-content.ts';
import type { BlobMeter } from './blob-meter.ts';
import { SEND_BLOB_OPTIONS, SEND_DEFAULTS, type SendBlobOptions } from './blob-options.ts';
import { fileError } from './file-error.ts';
import { type GiveMemory, memoryInTurn, READ_BYTES, readFrom, wholeChunks } from './read-from.ts';

/** Options of sending a file, besides those of any blob. */
export interface SendFileOptions extends SendBlobOptions {
  /** Bytes of the file before the blob. @default 0 */
  readonly start?: number | undefined;
  /**
   * Bytes of the file before the blob's end, as with `slice`. @default the file's size when it is
   * opened, or its end if that size is 0, as in /proc
   */
  readonly end?: number | undefined;
  /**
   * Bytes of the blob that the receiver has already, as `partialBytes` told it. They are not sent
   * again. A checksum covers them nevertheless, so that a change of the file is detected; they are
   * read for that.
   * @default 0
   */
  readonly resumeFrom?: number | undefined;
}

/** The kinds of {@link SendFileOptions}. */
export const SEND_FILE_OPTIONS: OptionTable<SendFileOptions> = Object.freeze({
  ...SEND_BLOB_OPTIONS,
  start: ANY,
  end: ANY,
  resumeFrom: ANY,
});

const NO_BYTES = new Uint8Array(0);

/** The part of a file to send. */
interface Range {
  readonly start: number;
  /** Infinity for the end of a file of unknown size. */
  readonly end: number;
  readonly resumeFrom: number;
}

/** What is asked for. */
type AskedRange = Omit<Range, 'end'> & { readonly end: number | undefined };

/**
 * The content of a file, or of a part of it. The file is opened when the first byte is wanted, and
 * closed when no more is wanted. It fails if the file has become shorter meanwhile.
 *
 * @throws OptionError naming the option that is out of bounds.
 */
export function fileContent(path: string, options: SendFileOptions): BlobContent {
  const { start = 0, end, resumeFrom = 0 } = options;
  const chunkBytes = options.chunkBytes || SEND_DEFAULTS.chunkBytes;
  checkBounds('start', start, { min: 0 });
  if (end !== undefined) checkBounds('end', end, { min: start });
  checkBounds('resumeFrom', resumeFrom, { min: 0 });
  // The file is opened later, when the process may have changed its folder.
  const place = resolve(path);
  const open = async function* (
    meter: BlobMeter,
    take?: GiveMemory,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    // A pipe without a writer would keep a thread of the process waiting.
    const file = await openFile(place, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const size = await sizeOf(file, path);
      if (size === 0) await assertInUnsized(file, { start, end, resumeFrom });
      const range = fitRange({ start, end, resumeFrom }, size === 0 ? Infinity : size);
      const isEndKnown = range.end !== Infinity;
      if (isEndKnown) meter.totalBytes = range.end - range.start;
      yield* skip(file, range, meter);
      const rest = { from: range.start + range.resumeFrom, to: range.end };
      // Small chunks are copied. Those of a file of unknown size may be smaller than they seem.
      const isTaken = take !== undefined && isEndKnown && chunkBytes >= REFERENCE_BYTES;
      yield* isTaken
        ? readFrom(file, rest, chunkBytes, take)
        : readFrom(file, rest, wholeChunks(chunkBytes));
      if (isEndKnown && meter.bytes < range.end - range.start) {
        throw fileError('EIO', 'the file has become shorter while it was sent', path);
      }
    } finally {
      await file.close();
    }
  };
  return { open, release() {} };
}

async function sizeOf(file: FileHandle, path: string): Promise<number> {
  const stats = await file.stat();
  if (stats.isDirectory()) throw fileError('EISDIR', 'a folder can not be sent', path);
  if (!stats.isFile()) throw fileError('EINVAL', 'only a file has a size; use sendFrom', path);
  return stats.size;
}

/**
 * A file whose size is given as 0 may have content nevertheless: the system makes up those in /proc
 * as they are read. How far it goes, only reading tells.
 */
async function assertInUnsized(
  file: FileHandle,
  { start, end = 0, resumeFrom }: AskedRange,
): Promise<void> {
  const places = { start, end, resumeFrom: resumeFrom > 0 ? start + resumeFrom : 0 };
  for (const [option, place] of Object.entries(places)) {
    if (place === 0) continue;
    const { bytesRead } = await file.read(Buffer.alloc(1), 0, 1, place - 1);
    if (bytesRead === 0) throw new OptionError(option, `is behind the file's end`);
  }
}

function fitRange({ start, end, resumeFrom }: AskedRange, size: number): Range {
  if (start > size) throw new OptionError('start', `is behind the file's end, ${size}`);
  if (end !== undefined && end > size) {
    throw new OptionError('end', `is behind the file's end, ${size}`);
  }
  const blobBytes = (end ?? size) - start;
  if (resumeFrom > blobBytes) {
    throw new OptionError('resumeFrom', `is behind the blob's end, ${blobBytes}`);
  }
  return { start, end: end ?? size, resumeFrom };
}

/**
 * Skips the bytes that the receiver has, and reads them only if a checksum needs them. It yields
 * empty pieces now and then, so that the transfer can be interrupted.
 */
async function* skip(
  file: FileHandle,
  range: Range,
  meter: BlobMeter,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (meter.checksum === undefined) {
    meter.skip(range.resumeFrom);
    return;
  }
  const to = range.start + range.resumeFrom;
  const skipped = { from: range.start, to };
  for await (const piece of readFrom(file, skipped, READ_BYTES, memoryInTurn())) {
    meter.add(piece);
    yield NO_BYTES;
  }
}
