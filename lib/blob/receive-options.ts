import { checkBounds } from '../base/bounds.ts';
import { ANY, TEXT } from '../base/option-kinds.ts';
import type { OptionTable } from '../base/read-options.ts';
import { OptionError } from '../errors/errors.ts';
import { BLOB_OPTIONS, type BlobOptions, resolveTransfer, type Transfer } from './blob-options.ts';
import { DIGEST_BYTES } from './checksum.ts';

/** Options of the receiving side. */
export interface ReceiveBlobOptions extends BlobOptions {
  /**
   * The most bytes that are accepted. A larger blob fails with MessageTooLargeError. @default
   * 67_108_864 for `receiveBytes`, else Infinity
   */
  readonly maxBytes?: number | undefined;
  /**
   * The digest that the blob must have, in hex, or `appended` if the sender must have appended it.
   * An appended digest is compared in any case if `checksum` is the same as the sender's. @default
   * any
   */
  readonly expectedDigest?: string | undefined;
}

/** The kinds of {@link ReceiveBlobOptions}. */
export const RECEIVE_BLOB_OPTIONS: OptionTable<ReceiveBlobOptions> = Object.freeze({
  ...BLOB_OPTIONS,
  maxBytes: ANY,
  expectedDigest: TEXT,
});

/** {@link ReceiveBlobOptions}, complete. */
export interface Receiving extends Transfer {
  readonly maxBytes: number;
  readonly expectedDigest: string | undefined;
}

/** Stands for a digest that the sender has appended. */
export const APPENDED = 'appended';

/**
 * Fills in the defaults. @throws OptionError naming the option that is out of bounds or contradicts
 * another.
 */
export function resolveReceiving(options: ReceiveBlobOptions, defaultMaxBytes: number): Receiving {
  const transfer = resolveTransfer(options);
  const { maxBytes = defaultMaxBytes, expectedDigest } = options;
  checkBounds('maxBytes', maxBytes, { min: 0, isInfinityAllowed: true });
  return { ...transfer, maxBytes, expectedDigest: resolveDigest(expectedDigest, transfer) };
}

function resolveDigest(digest: string | undefined, { checksum }: Transfer): string | undefined {
  if (digest === undefined) return undefined;
  if (checksum === 'none') throw new OptionError('expectedDigest', 'needs a checksum');
  if (digest === APPENDED) return digest;
  const hexDigits = 2 * DIGEST_BYTES[checksum];
  if (digest.length !== hexDigits || !/^[0-9a-f]+$/i.test(digest)) {
    throw new OptionError('expectedDigest', `must be ${hexDigits} hex digits or '${APPENDED}'`);
  }
  return digest.toLowerCase();
}
