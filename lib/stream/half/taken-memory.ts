import { isUint8Array } from 'node:util/types';

import { type Block, BlockPool } from '../../base/block-pool.ts';
import { BufferView } from '../../base/buffer-view.ts';
import { REFERENCE_BYTES } from '../../base/byte-writer.ts';
import type { Clock } from '../../base/clock.ts';
import { IdleAlarm } from '../../base/idle-alarm.ts';
import { MisuseError } from '../../errors/errors.ts';
import { IDLE_MS, poison } from './message-memory.ts';

/** Memory that was taken, and later sent. */
interface Piece {
  readonly block: Block;
  /** Whether it is the stream's again. */
  isSent: boolean;
  /** The place of its message's end in the stream. */
  end: number;
}

/**
 * Memory for messages of one stream. It is the sender's from `take` until it is sent, and is used again
 * once nobody needs its bytes. Memory that is never sent is garbage.
 */
export class TakenMemory {
  readonly #pool = new BlockPool();
  /** By their memory. They go when nobody has a view of it. */
  readonly #pieces = new WeakMap<ArrayBufferLike, Piece>();
  /** Those that were sent and may be needed, in order. */
  #underWay: Piece[] = [];
  readonly #isPoisoned: boolean;
  readonly #done: () => number;
  /** Set while memory may be free: an idle stream is to hold none. */
  readonly #idleAlarm: IdleAlarm;
  #isOver = false;

  /** @param done - the place in the stream up to which nobody needs what was sent. */
  constructor(
    { clock, poisonsBorrowed }: { readonly clock: Clock; readonly poisonsBorrowed: boolean },
    done: () => number,
  ) {
    this.#isPoisoned = poisonsBorrowed;
    this.#done = done;
    this.#idleAlarm = new IdleAlarm(clock, IDLE_MS, () => this.#letGo());
  }

  /** Memory of exactly so many bytes. Its content is unknown. */
  take(bytes: number): Buffer {
    this.giveBack();
    this.#idleAlarm.use();
    const block = this.#pool.take(Math.max(bytes, 1));
    const { buffer, byteOffset } = block.memory;
    this.#pieces.set(buffer, { block, isSent: false, end: 0 });
    return new BufferView(buffer, byteOffset, bytes);
  }

  /** @throws MisuseError if a member of the message lies in memory that was sent before. */
  judge(message: readonly unknown[]): void {
    for (const member of message) {
      if (this.#pieceOf(member)?.isSent !== true) continue;
      throw new MisuseError('taken memory is sent once: take some for each message', 'stream');
    }
  }

  /** The message was sent, and what was taken for it belongs to the stream. @param end - its place. */
  onSent(message: readonly unknown[], end: number): void {
    if (this.#isOver) return;
    for (const member of message) {
      const piece = this.#pieceOf(member);
      if (piece === undefined || piece.isSent) continue;
      piece.isSent = true;
      piece.end = end;
      // Small bytes were copied. Another member may refer to a larger part of the same memory.
      const isCopied = message.length === 1 && (member as Uint8Array).length < REFERENCE_BYTES;
      if (isCopied) this.#free(piece);
      else this.#underWay.push(piece);
      this.#idleAlarm.use();
    }
  }

  /** Memory that nobody needs any more is free. */
  giveBack(): void {
    const done = this.#done();
    const needed = this.#underWay.findIndex(({ end }) => end > done);
    const free = this.#underWay.splice(0, needed < 0 ? this.#underWay.length : needed);
    for (const piece of free) this.#free(piece);
  }

  /** Messages that were sent so far may need theirs for longer than their places say: it is not used again. */
  leave(): void {
    this.#underWay = [];
  }

  /** The stream is over: nothing is used again. */
  end(): void {
    this.#isOver = true;
    this.leave();
    this.#pool.clear();
    this.#idleAlarm.clear();
  }

  #pieceOf(member: unknown): Piece | undefined {
    return isUint8Array(member) ? this.#pieces.get(member.buffer) : undefined;
  }

  #free({ block }: Piece): void {
    if (this.#isPoisoned) poison(block.memory);
    this.#pool.give(block);
  }

  /** Holds no free memory. Returns whether more may become free. */
  #letGo(): boolean {
    this.giveBack();
    this.#pool.clear();
    return this.#underWay.length > 0;
  }
}
