import { freshCopy } from '../../base/fresh-memory.ts';
import { IdleAlarm } from '../../base/idle-alarm.ts';
import type { FrameInput } from '../../connection/link/frame-input.ts';
import type { Environment } from '../../settings/environment.ts';
import { IDLE_MS, type Memory, poison, writeInto } from './message-memory.ts';

/** The part of an input that lending needs. */
type LendingInput = Pick<
  FrameInput<unknown>,
  'isEnded' | 'lend' | 'giveBack' | 'trim' | 'endLending'
>;

/** Is told when a reader takes its next step. */
export interface StepListener {
  /** The reader asks for the next message: it is done with those before. */
  onAsk(): void;
}

/** A message that did not fit into the memory of its reader. It is the next one again. */
interface KeptMessage {
  readonly message: readonly unknown[];
  readonly frame: Buffer;
}

/**
 * The messages that a reader has borrowed: they are valid until its next step. Then their memory is
 * used again.
 */
export class Borrowing implements StepListener {
  /** Is told of each step too. */
  listener: StepListener | undefined;
  /** Whether given back bytes are overwritten at once. */
  readonly #isPoisoned: boolean;
  /** Set while memory may be free: an idle stream is to hold none. */
  readonly #idleAlarm: IdleAlarm;
  /** Undefined once the stream is over. */
  #input: LendingInput | undefined;
  /** Whether the input uses memory again. */
  #isReused: boolean;
  /** The messages that are borrowed, where they are to be poisoned. */
  #lent: Buffer[] = [];
  #kept: KeptMessage | undefined;

  constructor(
    input: LendingInput,
    { clock, poisonsBorrowed }: Pick<Environment, 'clock' | 'poisonsBorrowed'>,
    listener: StepListener | undefined,
  ) {
    this.listener = listener;
    this.#isPoisoned = poisonsBorrowed;
    this.#input = input;
    this.#idleAlarm = new IdleAlarm(clock, IDLE_MS, () => {
      this.#input?.trim();
      return false;
    });
    this.#isReused = input.lend();
  }

  /** The number of messages that are the next ones again: 1 or 0. */
  get keptMessages(): number {
    return this.#kept === undefined ? 0 : 1;
  }

  get keptBytes(): number {
    return this.#kept?.frame.length ?? 0;
  }

  /** The stream goes on with another input. */
  move(input: LendingInput): void {
    this.#input = input;
    this.#isReused = input.lend();
  }

  /** A message that did not fit was not read: the reader is done with nothing then. */
  onAsk(): void {
    if (this.#kept !== undefined) return;
    this.listener?.onAsk();
    this.giveBack();
  }

  /** The message in the kind of memory that its reader wants. Into the reader's own goes its content. */
  inMemory(frame: Buffer, memory: Memory): Buffer {
    if (memory === 'own') return this.#isReused ? freshCopy(frame) : frame;
    if (memory === 'borrowed') this.#noteBorrowed(frame);
    return frame;
  }

  /**
   * Writes a message into the memory of its reader, and returns its length as a message.
   *
   * @throws as `writeInto` does. The message is kept then.
   */
  write(message: readonly unknown[], frame: Buffer, buffer: Uint8Array): [number] {
    try {
      return [writeInto(buffer, message)];
    } catch (error) {
      this.#kept = { message, frame };
      this.#keepMemory();
      throw error;
    }
  }

  /** The message that is kept, in the kind of memory that its reader wants; undefined for none. */
  takeKept(memory: Memory): readonly unknown[] | undefined {
    const kept = this.#kept;
    if (kept === undefined) return undefined;
    this.#kept = undefined;
    const { message, frame } = kept;
    if (typeof memory !== 'string') return this.write(message, frame, memory);
    if (memory === 'borrowed') this.#noteBorrowed(frame);
    return message;
  }

  /** The reader is done with what it has borrowed. */
  giveBack(): void {
    for (const frame of this.#lent) poison(frame);
    this.#lent.length = 0;
    this.#input?.giveBack();
    if (this.#isReused) this.#idleAlarm.use();
    this.trimEnded();
  }

  /** Memory is not kept where no bytes will come any more. */
  trimEnded(): void {
    if (this.#input?.isEnded !== true) return;
    this.#idleAlarm.clear();
    this.#input.trim();
  }

  /** The stream is over. What is borrowed is valid until the next step, and its memory is not used again. */
  end(): void {
    this.#input?.endLending();
    this.#input = undefined;
    this.#isReused = false;
    this.#idleAlarm.clear();
  }

  #noteBorrowed(frame: Buffer): void {
    if (this.#isPoisoned) this.#lent.push(frame);
  }

  /** The memory of the messages so far is not used again. */
  #keepMemory(): void {
    this.#input?.endLending();
    this.#isReused = this.#input?.lend() ?? false;
  }
}
