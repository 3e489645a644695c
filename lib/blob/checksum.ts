import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * What can be computed over a blob's bytes while they pass: `sha256` finds out every change,
 * `crc32` accidents only, at a third of the cost.
 */
export type BlobChecksum = 'none' | 'sha256' | 'crc32';

/** A checksum that is something. */
export type ChecksumAlgorithm = Exclude<BlobChecksum, 'none'>;

/** Bytes of each algorithm's digest. */
export const DIGEST_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = Object.freeze({
  sha256: 32,
  crc32: 4,
});

/** A checksum under way. */
export interface RunningChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Takes the next bytes; they are not kept. */
  update(bytes: Uint8Array): void;
  /** The digest of all of them, as often as it is asked for; `update` is over then. */
  digest(): Buffer;
}

/** Starts a checksum; undefined for `none`. */
export function startChecksum(checksum: BlobChecksum): RunningChecksum | undefined {
  if (checksum === 'none') return undefined;
  return checksum === 'sha256' ? new Sha256() : new Crc32();
}

/** Whether it names an algorithm. */
export function isChecksumAlgorithm(name: unknown): name is ChecksumAlgorithm {
  return typeof name === 'string' && Object.hasOwn(DIGEST_BYTES, name);
}

class Sha256 implements RunningChecksum {
  readonly algorithm = 'sha256';
  readonly #hash: Hash = createHash('sha256');
  #digest: Buffer | undefined;

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  digest(): Buffer {
    return (this.#digest ??= this.#hash.digest());
  }
}

class Crc32 implements RunningChecksum {
  readonly algorithm = 'crc32';
  #value = 0;

  update(bytes: Uint8Array): void {
    this.#value = crc32(bytes, this.#value);
  }

  /** Big-endian, so that its hex reads as the number. */
  digest(): Buffer {
    const digest = Buffer.alloc(DIGEST_BYTES.crc32);
    digest.writeUInt32BE(this.#value);
    return digest;
  }
}
