import { ByteQueue } from '../../base/byte-queue.ts';
import { ByteWriter } from '../../base/byte-writer.ts';
import type { SlabPool } from '../../base/slab-pool.ts';
import { MisuseError } from '../../errors/errors.ts';
import { responseHeaderBytes, takeResponseHeader } from '../../wire/response-frame.ts';
import type { KeptReply } from '../resume/kept-reply.ts';

/** There is no room to keep the reply of a client that is away. It learns so when it comes back. */
export class LostReply extends Error {}

/** Takes the replies of a client that is away, in place of the writer of its connection. */
export class AwayWriter {
  readonly #out: ByteWriter;
  readonly #keep: (reply: KeptReply) => boolean;
  #isInFrame = false;

  /** @param keep - keeps a reply, or returns false if there is no room for it. */
  constructor(slabs: SlabPool, keep: (reply: KeptReply) => boolean) {
    this.#out = new ByteWriter(slabs);
    this.#keep = keep;
  }

  /** Starts a reply, with the header that has a duration. */
  beginFrame(headerBytes: number): ByteWriter {
    if (this.#isInFrame) throw new MisuseError('a value sent a message while it was being encoded');
    this.#isInFrame = true;
    this.#out.beginFrame(headerBytes);
    return this.#out;
  }

  /** Keeps the reply. @throws LostReply if there is no room. */
  endFrame(): void {
    this.#isInFrame = false;
    const bytes = new ByteQueue();
    bytes.append(Buffer.from(this.#out.takeBytes()));
    // Its own frame, which is whole.
    const { messageId, durationUs, payloadBytes } = takeResponseHeader(bytes, true)!;
    const payload = bytes.take(payloadBytes);
    if (!this.#keep({ kind: 'reply', messageId, durationUs, payload })) throw new LostReply();
  }

  rollbackFrame(): void {
    if (!this.#isInFrame) return;
    this.#isInFrame = false;
    this.#out.rollbackFrame();
    this.#out.release();
  }

  /** Keeps an exception if there is room. */
  writeFilled(_headerBytes: number, fill: (out: ByteWriter) => void): void {
    try {
      fill(this.beginFrame(AWAY_HEADER_BYTES));
      this.endFrame();
    } catch (error) {
      this.rollbackFrame();
      if (!(error instanceof LostReply)) throw error;
    }
  }
}

const AWAY_HEADER_BYTES = responseHeaderBytes(true);
