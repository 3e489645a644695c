import { checkBounds } from '../base/bounds.ts';
import type { Clock } from '../base/clock.ts';
import { OptionError } from '../errors/errors.ts';
import type { WaitOptions } from '../types/sink-source.ts';
import type { BlobProgress, BlobReport, MeterOptions } from './blob-meter.ts';
import { type BlobChecksum, isChecksumAlgorithm } from './checksum.ts';

/** What both sides of a transfer take. `signal` and `timeoutMs` bound the whole of it. */
export interface BlobOptions extends WaitOptions {
  /** Called after each chunk with the bytes so far. What it throws fails the transfer. @default nobody is told */
  readonly onProgress?: BlobProgress | undefined;
  /** Bytes of the whole blob for `onProgress`, where only the caller knows them. @default unknown, or the size of what is sent */
  readonly totalBytes?: number | undefined;
  /** What to compute over the bytes as they pass; the digest is in the report. @default 'none' */
  readonly checksum?: BlobChecksum | undefined;
  /** The source of time. @default that of the client or server whose stream it is, or else the machine's */
  readonly clock?: Clock | undefined;
}

/** What the sending side takes. */
export interface SendBlobOptions extends BlobOptions {
  /** Bytes of a chunk at most, to 16 MiB; larger pieces are cut, smaller ones go as they come. 0 is the default. @default 131_072 */
  readonly chunkBytes?: number | undefined;
  /**
   * Whether to send the digest behind the last chunk. Our receiving functions tell it from the
   * content and compare it where they have the same `checksum`; any other reader gets it as two more
   * messages. @default false
   */
  readonly appendDigest?: boolean | undefined;
  /** Called with the report when everything was taken: for blobs that are values. @default nobody is told */
  readonly onSent?: ((report: BlobReport) => void) | undefined;
}

/** {@link BlobOptions}, complete. */
export interface Transfer {
  /** Undefined: that of what is met. */
  readonly clock: Clock | undefined;
  readonly bounds: WaitOptions;
  readonly meter: MeterOptions;
}

/** {@link SendBlobOptions}, complete. */
export interface Sending extends Transfer {
  readonly chunkBytes: number;
  readonly appendDigest: boolean;
  readonly onSent: ((report: BlobReport) => void) | undefined;
}

/** The defaults of the sending side. */
export const SEND_DEFAULTS: Readonly<{ chunkBytes: number; appendDigest: boolean }> = Object.freeze(
  { chunkBytes: 131_072, appendDigest: false },
);

const MAX_CHUNK_BYTES = 16_777_216;

/** Fills in the defaults. @throws OptionError naming what is out of bounds. */
export function resolveTransfer(options: BlobOptions): Transfer {
  const { signal, timeoutMs = 0, checksum = 'none', totalBytes, onProgress } = options;
  checkBounds('timeoutMs', timeoutMs, { min: 0, isFractionAllowed: true, isInfinityAllowed: true });
  if (totalBytes !== undefined) checkBounds('totalBytes', totalBytes, { min: 0 });
  if (checksum !== 'none' && !isChecksumAlgorithm(checksum)) {
    throw new OptionError('checksum', `must be none, sha256 or crc32, not ${String(checksum)}`);
  }
  return {
    clock: options.clock,
    bounds: { signal, timeoutMs },
    meter: { checksum, totalBytes, onProgress },
  };
}

/** Fills in the defaults. @throws OptionError naming what is out of bounds or contradicts another. */
export function resolveSending(options: SendBlobOptions): Sending {
  const transfer = resolveTransfer(options);
  const { chunkBytes = 0, appendDigest = SEND_DEFAULTS.appendDigest, onSent } = options;
  checkBounds('chunkBytes', chunkBytes, { min: 0, max: MAX_CHUNK_BYTES });
  if (appendDigest && transfer.meter.checksum === 'none') {
    throw new OptionError('appendDigest', 'needs a checksum');
  }
  return { ...transfer, chunkBytes: chunkBytes || SEND_DEFAULTS.chunkBytes, appendDigest, onSent };
}
