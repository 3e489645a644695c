import { Deferred } from '../../base/deferred.ts';
import type { FrameWriter } from '../../connection/link/frame-writer.ts';
import type { StreamFigures } from '../../diagnostics/stream-figures.ts';
import { NotAwaitedError } from '../../errors/errors.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import type { WaitOptions } from '../../types/sink-source.ts';
import { STREAM_HEADER_BYTES } from '../../wire/stream-frame.ts';
import type { HalfListener } from './half-listener.ts';
import type { SinkCarrier } from './half-carrier.ts';
import type { Leakable } from './leaks.ts';
import {
  abortedBeforeEnd,
  confirmWithin,
  dropped,
  flushWithin,
  messageTooLarge,
} from './sink-ends.ts';
import { SinkMeter } from './sink-meter.ts';
import { TakenMemory } from './taken-memory.ts';
import { NO_HANDLES } from '../../serializer/no-handles.ts';

/**
 * The sending half behind a `StreamSink`. It has no reference to its facade, which may be
 * collected.
 */
export class SinkHalf<C extends SinkCarrier = SinkCarrier> implements HalfListener, Leakable {
  /** The child connection or the segment of a lane that carries it. */
  readonly child: C;
  serializer: Serializer;
  /** Whether the sink was made without a serializer, so that a verb may say it. */
  isSerializerOpen = false;
  readonly #handles: StreamHandles;
  readonly #writer: FrameWriter;
  readonly #meter: SinkMeter;
  readonly #budgetBytes: number;
  readonly #maxMessageBytes: number;
  readonly #maxWaitingSends: number;
  /** Made when somebody asks for it, or when it settles. */
  #endedLater: Deferred | undefined;
  #waitingSends = 0;
  #closing: Promise<void> | undefined;
  /** Whether the end of stream is on its way to the kernel. */
  #isEosLeaving = false;
  #sentMessages = 0;
  #lastMessageBytes = 0;
  /** Made when memory is taken. */
  #taken: TakenMemory | undefined;

  constructor(child: C, serializer: Serializer, handles: StreamHandles = NO_HANDLES) {
    this.child = child;
    this.serializer = serializer;
    this.#handles = handles;
    this.#writer = child.link.writer;
    const { clock, limits } = child.parent.environment;
    this.#meter = new SinkMeter(this.#writer, clock);
    this.#budgetBytes = limits.sinkBudgetBytes;
    this.#maxMessageBytes = limits.maxStreamMessageBytes;
    this.#maxWaitingSends = limits.maxWaitingSends;
    child.openSink(this);
  }

  get bufferedBytes(): number {
    return this.#writer.bufferedBytes;
  }

  /** The number of messages that were sent. */
  get sentMessages(): number {
    return this.#sentMessages;
  }

  /** Bytes of the last message. */
  get lastMessageBytes(): number {
    return this.#lastMessageBytes;
  }

  get ended(): Promise<void> {
    if (this.child.sinkState.isBroken) this.child.onTellFailure?.();
    return this.#ended.promise;
  }

  get #ended(): Deferred {
    return (this.#endedLater ??= new Deferred());
  }

  /** Whether it takes messages. */
  get isOpen(): boolean {
    return this.child.sinkState.phase === 'open';
  }

  /**
   * Why nothing of the stream can arrive any more: its connection is closed, or still sends bytes though
   * the main connection by which it could be named has ended.
   */
  get loss(): Error | undefined {
    const { link, parent, sinkState } = this.child;
    if (link.phase === 'closed') return sinkState.lostError(link.cause);
    return parent.fate.isOver ? sinkState.lostError(parent.fate.cause) : undefined;
  }

  figures(): StreamFigures {
    return this.#meter.figures(this.#sentMessages, this.#budgetBytes);
  }

  /** Takes the serializer that a verb declares for it, unless it has one of its own or has sent. */
  adoptSerializer(declared: Serializer): void {
    if (this.isSerializerOpen && this.#sentMessages === 0) this.serializer = declared;
  }

  send(message: unknown[]): Promise<void> | undefined {
    if (this.child.sinkState.phase !== 'open') throw this.#closedError();
    const taken = this.#taken;
    taken?.judge(message);
    const writer = this.#writer;
    const bufferedBefore = writer.bufferedBytes;
    // Bytes before the first message are our own: nobody could have awaited their room.
    const isOver = bufferedBefore > this.#budgetBytes && this.#sentMessages > 0;
    if (!isOver) this.#waitingSends = 0;
    else if (++this.#waitingSends >= this.#maxWaitingSends)
      throw this.#notAwaited('maxWaitingSends');
    const out = writer.beginFrame(STREAM_HEADER_BYTES);
    let messageBytes: number;
    try {
      this.serializer.encode(message, out, this.#handles);
      messageBytes = out.frameBytes - STREAM_HEADER_BYTES;
      this.#judge(messageBytes, isOver ? bufferedBefore : 0);
      out.patchU32(0, messageBytes);
      writer.endFrame();
    } catch (error) {
      writer.rollbackFrame();
      throw error;
    }
    this.#sentMessages++;
    this.#lastMessageBytes = messageBytes;
    taken?.onSent(message, writer.sentBytes + writer.bufferedBytes);
    return writer.room();
  }

  /** Memory for a message, which is used again once the kernel has it. */
  take(bytes: number): Buffer {
    if (!this.isOpen) throw this.#closedError();
    const { environment } = this.child.parent;
    this.#taken ??= new TakenMemory(environment, () => this.#writer.sentBytes);
    return this.#taken.take(bytes);
  }

  flush(options?: WaitOptions): Promise<void> {
    const { phase } = this.child.sinkState;
    if (phase === 'failed') return Promise.reject(this.#closedError());
    return flushWithin(this.#writer.drained(), this.child.parent.environment.clock, options);
  }

  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    const closing = this.#close();
    // A close that is not awaited must not end the process; `ended` has the cause as well.
    closing.catch(() => {});
    // A close that was refused because a message is being encoded is no end.
    if (!this.isOpen) this.#closing = closing;
    return closing;
  }

  closeAndConfirm(options?: WaitOptions): Promise<void> {
    const close = (): Promise<void> => this.close().then(() => this.#confirmed());
    return confirmWithin(close, this.child.parent.environment.clock, options);
  }

  abort(reason: unknown): void {
    if (this.#isEosLeaving) {
      this.child.link.abort(abortedBeforeEnd(reason));
    }
    if (this.child.sinkState.phase !== 'open') return;
    this.child.sinkState.abort(reason, 'local');
    this.onChange();
    this.child.abort(reason, 'local');
  }

  release(): boolean {
    if (!this.isOpen) return false;
    this.abort(dropped());
    return true;
  }

  onChange(): void {
    if (this.child.sinkState.phase !== 'failed') return;
    this.#meter.end();
    this.#taken?.end();
    this.child.parent.leaks.unwatch(this);
    const error = this.child.sinkState.closedError();
    const isNoticed = this.#endedLater?.isAsked === true || this.#writer.isAwaited;
    if (isNoticed && this.child.sinkState.isBroken) this.child.onTellFailure?.();
    this.#ended.reject(error);
    this.#writer.refuseRoom(error);
  }

  /** The error for the user, who learns of the failure by it. */
  #closedError(): Error {
    if (this.child.sinkState.isBroken) this.child.onTellFailure?.();
    return this.child.sinkState.closedError();
  }

  async #confirmed(): Promise<void> {
    try {
      await this.child.whenConfirmed();
    } catch (error) {
      this.child.onTellFailure?.();
      throw error;
    }
  }

  async #close(): Promise<void> {
    if (this.child.sinkState.phase !== 'open') throw this.#closedError();
    this.child.writeEos(this.#sentMessages);
    this.#meter.end();
    const drained = this.#writer.drained();
    this.#isEosLeaving = true;
    this.child.onEosSent();
    this.child.parent.leaks.unwatch(this);
    try {
      await drained;
      this.#meter.onDrained();
      this.#ended.resolve();
    } catch (error) {
      this.child.onTellFailure?.();
      this.#ended.reject(error);
      throw error;
    } finally {
      this.#isEosLeaving = false;
      this.#taken?.giveBack();
      this.#taken?.end();
    }
  }

  /** @param waitingBytes - of earlier messages; 0 if they are within the budget. */
  #judge(messageBytes: number, waitingBytes: number): void {
    if (messageBytes > this.#maxMessageBytes) {
      throw messageTooLarge(messageBytes, this.#maxMessageBytes);
    }
    if (waitingBytes > 0 && waitingBytes + messageBytes > 2 * this.#budgetBytes) {
      throw this.#notAwaited('sinkBudgetBytes, twice');
    }
  }

  #notAwaited(option: string): NotAwaitedError {
    return new NotAwaitedError(
      `${this.#writer.bufferedBytes} bytes wait to be sent, and send was not awaited (${option})`,
    );
  }
}
