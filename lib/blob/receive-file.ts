import { FILE_PATH, FLAG, numberWithin } from '../base/option-kinds.ts';
import { checkArgument, judgedBy, optionsOf } from '../base/public-function.ts';
import type { OptionTable } from '../base/read-options.ts';
import { ChecksumError, MessageTooLargeError } from '../errors/errors.ts';
import { isInstance } from '../errors/foreign.ts';
import { AtomicFile } from './atomic-file.ts';
import { PIECES } from './blob-content.ts';
import type { BlobReport } from './blob-meter.ts';
import { type BlobSource, type IncomingBlob, receive } from './incoming-blob.ts';
import { PRIVATE_MODE } from './partial-file.ts';
import { memoryInTurn, READ_BYTES, readFrom } from './read-from.ts';
import {
  RECEIVE_BLOB_OPTIONS,
  type ReceiveBlobOptions,
  resolveReceiving,
} from './receive-options.ts';

/** Options of receiving into a file. */
export interface ReceiveFileOptions extends ReceiveBlobOptions {
  /**
   * The permissions of the complete file, as the number of `chmod`. The permissions of a file that
   * it replaces do not matter. @default 0o600
   */
  readonly mode?: number | undefined;
  /**
   * Whether an existing file is replaced. If not, the call fails with EEXIST when there is one.
   * @default true
   */
  readonly overwrite?: boolean | undefined;
  /**
   * Whether a failed transfer keeps its bytes as `<path>.partial`, and this transfer continues an
   * earlier one. Ask the sender to begin at `partialBytes(path)`. Use a checksum if the file may
   * change meanwhile or the machine may lose power; the checksum covers the whole file. While
   * another transfer of this process continues the same file, the call fails with EBUSY; keep
   * other processes away yourself.
   * @default false
   */
  readonly resume?: boolean | undefined;
}

const MAX_MODE = 0o777;

const RECEIVE_FILE_OPTIONS: OptionTable<ReceiveFileOptions> = Object.freeze({
  ...RECEIVE_BLOB_OPTIONS,
  mode: numberWithin({ min: 0, max: MAX_MODE }),
  overwrite: FLAG,
  resume: FLAG,
});

/**
 * Receives a blob as a file that appears as a whole or not at all. It is written to a temporary
 * file in the same folder, with permissions 0600, brought to the disk, and renamed. A symbolic link
 * at the path is replaced and never followed.
 *
 * When it fails for any reason, or `signal` fires, the temporary file is removed (but see
 * `resume`), an earlier file at the path is still there, and the producer is told why. A temporary
 * file, `.sluice-*.tmp`, stays only if the process is killed. A failure to bring the new name to
 * the disk is reported as well, although the file is there then.
 *
 * @param path - the caller's own choice. Never take it unchecked from the other side.
 * @throws as `receiveBytes`, and the file system's errors.
 *
 * Source: nats-micro's `RecvToFile`.
 */
export async function receiveFile(
  source: BlobSource,
  path: string,
  options: ReceiveFileOptions = {},
): Promise<BlobReport> {
  checkArgument('receiveFile', 'source', source, PIECES);
  checkArgument('receiveFile', 'path', path, FILE_PATH);
  const own = optionsOf('receiveFile', options, RECEIVE_FILE_OPTIONS);
  const receiving = judgedBy('receiveFile', () => resolveReceiving(own, Infinity));
  const { mode = PRIVATE_MODE, overwrite = true, resume = false } = own;
  return await receive(source, receiving, async (blob) => {
    const file = resume
      ? await AtomicFile.resume(path, overwrite)
      : await AtomicFile.begin(path, overwrite, blob.surroundings.random);
    await store(blob, file, mode, resume);
  });
}

async function store(
  blob: IncomingBlob,
  file: AtomicFile,
  mode: number,
  resume: boolean,
): Promise<void> {
  try {
    if (resume) await takeUp(blob, file);
    await blob.drain((chunk) => file.write(chunk));
    await file.sync();
    blob.interruption.check();
    await file.publish(mode);
  } catch (error) {
    if (resume && !isHopeless(error)) await file.keep();
    else await file.abort();
    throw error;
  }
}

/** Counts the bytes of an earlier attempt as part of the blob. */
async function takeUp({ meter, interruption }: IncomingBlob, target: AtomicFile): Promise<void> {
  const { file, bytes } = await target.seekEnd();
  if (meter.checksum === undefined) {
    meter.skip(bytes);
    return;
  }
  for await (const piece of readFrom(file, { from: 0, to: bytes }, READ_BYTES, memoryInTurn())) {
    interruption.check();
    meter.add(piece);
  }
}

/** Whether another attempt would continue with wrong bytes, or with too many. */
function isHopeless(error: unknown): boolean {
  return isInstance(error, ChecksumError) || isInstance(error, MessageTooLargeError);
}
