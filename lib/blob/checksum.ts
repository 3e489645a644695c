import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * The checksum of a blob's bytes, computed while they pass. `sha256` detects every change. `crc32`
 * detects accidents only, at a third of the cost.
 */
export type BlobChecksum = 'none' | 'sha256' | 'crc32';

/** A checksum other than `none`. */
export type ChecksumAlgorithm = Exclude<BlobChecksum, 'none'>;

/** Bytes of each algorithm's digest. */
export const DIGEST_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = Object.freeze({
  sha256: 32,
  crc32: 4,
});

/** A checksum under way. */
export interface RunningChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Takes the next bytes. They are not kept. */
  update(bytes: Uint8Array): void;
  /** The digest of all bytes, any number of times. `update` must not be called after it. */
  digest(): Buffer;
}

/** Starts a checksum; undefined for `none`. */
export function startChecksum(checksum: BlobChecksum): RunningChecksum | undefined {
  if (checksum === 'none') return undefined;
  return checksum === 'sha256' ? new Sha256() : new Crc32();
}

/** Whether `name` names an algorithm. */
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
