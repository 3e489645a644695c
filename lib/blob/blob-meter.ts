import { promiseOf } from '../base/promise-of.ts';
import { type BlobChecksum, type RunningChecksum, startChecksum } from './checksum.ts';

/** The result of a transfer. */
export interface BlobReport {
  /** Bytes of the blob, including those that the receiver had before a resumed transfer. */
  readonly bytes: number;
  /** The digest of these bytes in lower-case hex; undefined if no checksum was asked for. */
  readonly digest: string | undefined;
}

/** Called with the bytes so far, and with the bytes of the whole blob if they are known. */
export type BlobProgress = (bytes: number, totalBytes: number | undefined) => void;

/** Counts a blob's bytes as they pass, runs the checksum over them, and reports the progress. */
export class BlobMeter {
  /** Bytes of the whole blob, if known. */
  totalBytes: number | undefined;
  /** Undefined if no checksum was asked for. */
  readonly checksum: RunningChecksum | undefined;
  readonly #onProgress: BlobProgress | undefined;
  #bytes = 0;

  constructor(checksum: BlobChecksum, totalBytes?: number, onProgress?: BlobProgress) {
    this.totalBytes = totalBytes;
    this.checksum = startChecksum(checksum);
    this.#onProgress = onProgress;
  }

  /** Bytes that have passed. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the blob's next bytes. */
  add(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.checksum?.update(bytes);
  }

  /** Counts bytes that nobody looks at. There must be no checksum. */
  skip(byteCount: number): void {
    this.#bytes += byteCount;
  }

  /** Calls `onProgress`. Returns the promise that it gives, to be awaited. */
  showProgress(): Promise<unknown> | undefined {
    const shown: unknown = this.#onProgress?.(this.#bytes, this.totalBytes);
    return promiseOf(shown);
  }

  /** The result, at the end. */
  report(): BlobReport {
    return { bytes: this.#bytes, digest: this.checksum?.digest().toString('hex') };
  }
}
