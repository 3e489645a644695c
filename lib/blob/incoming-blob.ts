import { borrowItems } from '../base/lending-items.ts';
import { type Surroundings, surroundingsOf } from '../base/surroundings.ts';
import { ChecksumError, MessageTooLargeError } from '../errors/errors.ts';
import { DigestFilter } from './appended-digest.ts';
import { assertBytes } from './blob-content.ts';
import { BlobMeter, type BlobReport } from './blob-meter.ts';
import type { ChecksumAlgorithm } from './checksum.ts';
import { leave } from './interruptible.ts';
import { Interruption } from './interruption.ts';
import { APPENDED, type Receiving } from './receive-options.ts';

/** The source of a blob: a source with one Uint8Array per message, or a stream of Uint8Arrays. */
export type BlobSource = AsyncIterable<Uint8Array> | AsyncIterable<[Uint8Array]>;

/** A blob that is being received. */
export class IncomingBlob {
  /** Ends the transfer early. */
  readonly interruption: Interruption;
  /** Counts the bytes that were taken. */
  readonly meter: BlobMeter;
  /** The clock and dice of the client or server that the blob comes from. */
  readonly surroundings: Surroundings;
  readonly #source: BlobSource;
  readonly #iterator: AsyncIterator<unknown>;
  readonly #options: Receiving;
  readonly #filter = new DigestFilter();
  #isDone = false;
  #isPending = false;

  /**
   * The transfer's time limit begins now.
   *
   * @param memory - of the chunks. Borrowed ones are as they are until the next is asked for.
   */
  constructor(source: BlobSource, options: Receiving, memory: 'own' | 'borrowed') {
    this.#source = source;
    this.#iterator = source[Symbol.asyncIterator]();
    if (memory === 'borrowed') borrowItems(this.#iterator);
    this.#options = options;
    const { checksum, totalBytes, onProgress } = options;
    this.meter = new BlobMeter(checksum, totalBytes, onProgress);
    this.surroundings = surroundingsOf(source, this.#iterator);
    const { clock = this.surroundings.clock, bounds } = options;
    this.interruption = new Interruption(clock, bounds);
  }

  /**
   * Passes every chunk to `take`, each after the one before was taken, and checks the whole blob at
   * its end.
   *
   * @throws the source's error, MessageTooLargeError, ChecksumError.
   */
  async drain(take: (chunk: Uint8Array) => Promise<void> | void): Promise<void> {
    for (;;) {
      const result = await this.interruption.wait(() => this.#next());
      this.#isPending = false;
      if (result.done === true) break;
      for (const chunk of this.#filter.content(bytesIn(result.value))) {
        this.#assertRoom(chunk.length);
        this.meter.add(chunk);
        await take(chunk);
        const shown = this.meter.showProgress();
        if (shown !== undefined) await this.interruption.wait(() => shown);
      }
    }
    this.#isDone = true;
    this.#verify();
  }

  /** Tells the producer why no more is wanted, unless all of it has come. */
  async leave(reason: unknown): Promise<void> {
    if (this.#isDone) return;
    const left = leave(this.#source, this.#iterator, reason);
    if (!this.#isPending) await left;
  }

  #next(): Promise<IteratorResult<unknown>> {
    this.#isPending = true;
    return this.#iterator.next();
  }

  #assertRoom(chunkBytes: number): void {
    const bytes = this.meter.bytes + chunkBytes;
    const { maxBytes } = this.#options;
    if (bytes <= maxBytes) return;
    throw new MessageTooLargeError(bytes, maxBytes, 'maxBytes', 'stream', 'remote');
  }

  #verify(): void {
    const { checksum } = this.meter;
    if (checksum === undefined) return;
    const { expectedDigest } = this.#options;
    const appended = this.#filter.digest;
    if (appended !== undefined) {
      assertSame(appended.algorithm, checksum.algorithm);
      this.#compare(appended.digest.toString('hex'));
    } else if (expectedDigest === APPENDED) {
      throw new ChecksumError('the sender appended no digest');
    }
    if (expectedDigest !== undefined && expectedDigest !== APPENDED) this.#compare(expectedDigest);
  }

  #compare(expected: string): void {
    const { digest } = this.meter.report();
    if (digest === expected) return;
    throw new ChecksumError(`the digest is ${digest}, it should be ${expected}`);
  }
}

/**
 * Receives a blob by means of `run`. If `run` fails, the producer is told why.
 *
 * @param memory - of the chunks that `run` gets. Borrowed ones are as they are until it has taken them.
 * @throws the error of `run`.
 */
export async function receive(
  source: BlobSource,
  options: Receiving,
  run: (blob: IncomingBlob) => Promise<void>,
  memory: 'own' | 'borrowed' = 'borrowed',
): Promise<BlobReport> {
  const blob = new IncomingBlob(source, options, memory);
  try {
    await run(blob);
    return blob.meter.report();
  } catch (error) {
    await blob.leave(error);
    throw error;
  } finally {
    blob.interruption.end();
  }
}

function assertSame(appended: ChecksumAlgorithm, own: ChecksumAlgorithm): void {
  if (appended === own) return;
  throw new ChecksumError(`the sender appended a ${appended} digest, not a ${own} one`);
}

/** A source yields tuples, a stream yields its items. */
function bytesIn(item: unknown): Uint8Array {
  const bytes: unknown = Array.isArray(item) && item.length === 1 ? item[0] : item;
  assertBytes(bytes, 'remote');
  return bytes;
}
