import { checkBounds } from '../base/bounds.ts';
import type { Clock } from '../base/clock.ts';
import { ANY, CLOCK, FLAG, FUNCTION, SIGNAL } from '../base/option-kinds.ts';
import type { OptionTable } from '../base/read-options.ts';
import { shownValue } from '../base/shown-value.ts';
import { OptionError } from '../errors/errors.ts';
import type { WaitOptions } from '../types/sink-source.ts';
import type { BlobProgress, BlobReport } from './blob-meter.ts';
import { type BlobChecksum, isChecksumAlgorithm } from './checksum.ts';

/** Options of both sides of a transfer. `signal` and `timeoutMs` bound the whole transfer. */
export interface BlobOptions extends WaitOptions {
  /**
   * Called after each chunk with the bytes so far. A promise that it gives is awaited. Its error or
   * rejection fails the transfer. @default no call
   */
  readonly onProgress?: BlobProgress | undefined;
  /**
   * Bytes of the whole blob for `onProgress`, if only the caller knows them. @default unknown, or
   * the size of the content that is sent
   */
  readonly totalBytes?: number | undefined;
  /**
   * The checksum to compute over the bytes as they pass. The digest is in the report. @default
   * 'none'
   */
  readonly checksum?: BlobChecksum | undefined;
  /**
   * The source of time. @default the clock of the client or server that the stream belongs to, or
   * else the machine's
   */
  readonly clock?: Clock | undefined;
}

/** Options of the sending side. */
export interface SendBlobOptions extends BlobOptions {
  /**
   * The most bytes of a chunk, up to 16 MiB. Larger pieces are cut, smaller ones are sent as they
   * come. 0 means the default. @default 524_288
   */
  readonly chunkBytes?: number | undefined;
  /**
   * Whether to send the digest behind the last chunk. Our receiving functions separate it from the
   * content, and compare it if they have the same `checksum`. Any other reader gets it as two more
   * messages. @default false
   */
  readonly appendDigest?: boolean | undefined;
  /**
   * Called with the report when the other side has taken everything. For blobs that are values. A
   * promise that it gives is awaited. Its error or rejection fails the transfer. @default no call
   */
  readonly onSent?: ((report: BlobReport) => void) | undefined;
}

/** The kinds of {@link BlobOptions}. Here and below, numbers are judged where they are resolved. */
export const BLOB_OPTIONS: OptionTable<BlobOptions> = Object.freeze({
  signal: SIGNAL,
  timeoutMs: ANY,
  onProgress: FUNCTION,
  totalBytes: ANY,
  checksum: ANY,
  clock: CLOCK,
});

/** The kinds of {@link SendBlobOptions}. */
export const SEND_BLOB_OPTIONS: OptionTable<SendBlobOptions> = Object.freeze({
  ...BLOB_OPTIONS,
  chunkBytes: ANY,
  appendDigest: FLAG,
  onSent: FUNCTION,
});

/** {@link BlobOptions}, complete. */
export interface Transfer {
  /** Undefined means the clock of the client or server that the stream belongs to. */
  readonly clock: Clock | undefined;
  readonly bounds: WaitOptions;
  readonly checksum: BlobChecksum;
  readonly totalBytes: number | undefined;
  readonly onProgress: BlobProgress | undefined;
}

/** {@link SendBlobOptions}, complete. */
export interface Sending extends Transfer {
  readonly chunkBytes: number;
  readonly appendDigest: boolean;
  readonly onSent: ((report: BlobReport) => void) | undefined;
}

/** The defaults of the sending side. */
export const SEND_DEFAULTS: Readonly<{ chunkBytes: number; appendDigest: boolean }> = Object.freeze(
  { chunkBytes: 524_288, appendDigest: false },
);

const MAX_CHUNK_BYTES = 16_777_216;

/** Fills in the defaults. @throws OptionError naming the option that is out of bounds. */
export function resolveTransfer(options: BlobOptions): Transfer {
  const { signal, timeoutMs = 0, checksum = 'none', totalBytes, onProgress } = options;
  checkBounds('timeoutMs', timeoutMs, { min: 0, isFractionAllowed: true, isInfinityAllowed: true });
  if (totalBytes !== undefined) checkBounds('totalBytes', totalBytes, { min: 0 });
  if (checksum !== 'none' && !isChecksumAlgorithm(checksum)) {
    throw new OptionError('checksum', `must be none, sha256 or crc32, not ${shownValue(checksum)}`);
  }
  return {
    clock: options.clock,
    bounds: { signal, timeoutMs },
    checksum,
    totalBytes,
    onProgress,
  };
}

/**
 * Fills in the defaults. @throws OptionError naming the option that is out of bounds or contradicts
 * another.
 */
export function resolveSending(options: SendBlobOptions): Sending {
  const transfer = resolveTransfer(options);
  const { chunkBytes = 0, appendDigest = SEND_DEFAULTS.appendDigest, onSent } = options;
  checkBounds('chunkBytes', chunkBytes, { min: 0, max: MAX_CHUNK_BYTES });
  if (appendDigest && transfer.checksum === 'none') {
    throw new OptionError('appendDigest', 'needs a checksum');
  }
  return { ...transfer, chunkBytes: chunkBytes || SEND_DEFAULTS.chunkBytes, appendDigest, onSent };
}
