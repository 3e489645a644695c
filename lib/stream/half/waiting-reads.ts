import type { Clock } from '../../base/clock.ts';
import { WaitGuard, type WaitSubject } from '../../base/waiting.ts';
import type { WaitOptions } from '../../types/sink-source.ts';
import { EOS } from '../../wire/stream-frame.ts';
import type { StepListener } from './borrowing.ts';
import type { Memory } from './message-memory.ts';

/** The wait of a read, for errors. */
export const THE_READ: WaitSubject = { what: 'the read', scope: 'stream' };

/** A read that waits for its message. */
interface WaitingRead<T> {
  /** Kept while the read waits: a stream that is being read does not count as dropped. */
  readonly facade: object;
  readonly memory: Memory;
  readonly resolve: (message: T | undefined) => void;
  readonly reject: (error: unknown) => void;
  guard: WaitGuard | undefined;
}

/** The half that the reads wait for. */
interface ReadHalf<T> {
  readonly clock: Clock;
  /** Is told of each step of the reader. */
  readonly listener: StepListener | undefined;
  /** The first read begins to wait, or the last one ceases to. */
  setWaiting(isWaiting: boolean): void;
  tryRead(memory: Memory): T | typeof EOS | undefined;
}

/** Reads that wait, in order. */
export class WaitingReads<T> {
  readonly #half: ReadHalf<T>;
  readonly #reads = new Set<WaitingRead<T>>();
  #isServing = false;

  constructor(half: ReadHalf<T>) {
    this.#half = half;
  }

  get isEmpty(): boolean {
    return this.#reads.size === 0;
  }

  add(facade: object, memory: Memory, options: WaitOptions | undefined): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const read: WaitingRead<T> = { facade, memory, resolve, reject, guard: undefined };
      if (options !== undefined) {
        read.guard = new WaitGuard(this.#half.clock, options, THE_READ, (error) => {
          this.#remove(read);
          reject(error);
        });
      }
      this.#reads.add(read);
      if (this.#reads.size === 1) this.#half.setWaiting(true);
    });
  }

  /** Gives them what has come. */
  serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      for (const read of this.#reads) if (!this.#isServed(read)) return;
    } finally {
      this.#isServing = false;
    }
  }

  rejectAll(error: Error): void {
    for (const read of this.#reads) {
      this.#remove(read);
      read.reject(error);
    }
  }

  #isServed(read: WaitingRead<T>): boolean {
    try {
      const message = this.#half.tryRead(read.memory);
      if (message === undefined) return false;
      this.#remove(read);
      read.resolve(message === EOS ? undefined : message);
      // The next read has asked before there was anything to be done with.
      if (!this.isEmpty) this.#half.listener?.onAsk();
    } catch (error) {
      this.#remove(read);
      read.reject(error);
    }
    return true;
  }

  /** The read waits no more; it is to be settled. */
  #remove(read: WaitingRead<T>): void {
    read.guard?.end();
    this.#reads.delete(read);
    if (this.isEmpty) this.#half.setWaiting(false);
  }
}
