import { type ChecksumAlgorithm, DIGEST_BYTES, isChecksumAlgorithm } from './checksum.ts';

/**
 * A digest that travels behind a blob's last chunk, as two messages of the same stream:
 *
 *     (no bytes)
 *     name of the algorithm | ':' | digest
 *
 * Chunks are never empty, so the first message announces the second.
 */
export interface AppendedDigest {
  readonly algorithm: ChecksumAlgorithm;
  readonly digest: Buffer;
}

const NO_BYTES = new Uint8Array(0);
const COLON = 0x3a;

/** The messages that carry a digest. */
export function encodeDigest({ algorithm, digest }: AppendedDigest): Uint8Array[] {
  return [NO_BYTES, Buffer.concat([Buffer.from(`${algorithm}:`, 'latin1'), digest])];
}

/** Undefined if the message is not a digest. */
function decodeDigest(message: Uint8Array): AppendedDigest | undefined {
  const colon = message.indexOf(COLON);
  const algorithm = Buffer.from(message.subarray(0, Math.max(colon, 0))).toString('latin1');
  if (!isChecksumAlgorithm(algorithm)) return undefined;
  const digest = Buffer.from(message.subarray(colon + 1));
  return digest.length === DIGEST_BYTES[algorithm] ? { algorithm, digest } : undefined;
}

/** Separates a blob's content from the digest that may follow it, and drops empty messages. */
export class DigestFilter {
  #wasEmpty = false;
  #held: { readonly message: Uint8Array; readonly digest: AppendedDigest } | undefined;

  /** The digest behind the content. Ask for it only when the stream has ended. */
  get digest(): AppendedDigest | undefined {
    return this.#held?.digest;
  }

  /**
   * The content that is certain once this message has come. A message that looks like a digest is
   * one only if nothing follows it.
   */
  *content(message: Uint8Array): Generator<Uint8Array, void, undefined> {
    if (this.#held !== undefined) yield this.#held.message;
    const digest = this.#wasEmpty ? decodeDigest(message) : undefined;
    // It is needed with the next message, when its memory may be used again.
    this.#held = digest === undefined ? undefined : { message: Buffer.from(message), digest };
    this.#wasEmpty = message.length === 0;
    if (digest === undefined && message.length > 0) yield message;
  }
}
