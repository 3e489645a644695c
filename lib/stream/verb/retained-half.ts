import { Deferred } from '../../base/deferred.ts';
import type { StreamFigures } from '../../diagnostics/stream-figures.ts';
import { MisuseError, NotAwaitedError, StreamClosedError } from '../../errors/errors.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { WaitOptions } from '../../types/sink-source.ts';
import type { HalfListener } from '../half/half-listener.ts';
import { abortedBeforeEnd, confirmWithin, dropped, flushWithin } from '../half/sink-ends.ts';
import type { StreamEndError } from '../half/half-state.ts';
import type { ProducerProgress } from '../resume/producer-progress.ts';
import type { SendingHalf, SinkStream } from '../user/sending-half.ts';
import type { RetainedSink } from '../value/retained-sink.ts';

/** The stream that the half belongs to. */
interface RetainedStream extends SinkStream {
  /** The user of the sink was told that it has failed. */
  onTellFailure(): void;
  /** The sink was aborted: the other direction ends too. */
  onSinkAborted(reason: unknown): void;
  /** The peer's reader has taken the end, or never will. */
  onSinkOver(): void;
}

/**
 * The sending half of a resumable stream of a verb. It keeps what was sent until the peer's reader has
 * taken it. It has no reference to its facade, which may be collected.
 */
export class RetainedHalf implements SendingHalf, HalfListener {
  readonly child: RetainedStream;
  /** Set once the peer's reader is lost, or wants no more. */
  loss: Error | undefined;
  /** Keeps and sends the messages. */
  readonly sink: RetainedSink;
  /** Whether the sink was made without a serializer, so that a verb may say it. */
  readonly #isSerializerOpen: boolean;
  readonly #windowBytes: number;
  readonly #ended = new Deferred();
  /** Set once the sink was closed. */
  #closed: Deferred | undefined;
  #sentMessages = 0;
  #waitingSends = 0;
  #isEncoding = false;
  /** Whether a connection has got the end. */
  #isSent = false;
  #isOver = false;

  constructor(
    child: RetainedStream,
    sink: RetainedSink,
    { isSerializerOpen, windowBytes }: { isSerializerOpen: boolean; windowBytes: number },
  ) {
    this.child = child;
    this.sink = sink;
    this.#isSerializerOpen = isSerializerOpen;
    this.#windowBytes = windowBytes;
    child.sinkState.open();
    sink.ended.then(
      () => this.#onOver(),
      (error: StreamEndError) => this.#onLost(error),
    );
  }

  get serializer(): Serializer {
    return this.sink.serializer;
  }

  get progress(): ProducerProgress {
    return this.sink.progress;
  }

  get isOpen(): boolean {
    return this.child.sinkState.phase === 'open';
  }

  /** Whether the peer's reader has taken the end, or never will. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get bufferedBytes(): number {
    return this.sink.figures().bufferedBytes;
  }

  get sentMessages(): number {
    return this.#sentMessages;
  }

  get ended(): Promise<void> {
    if (this.child.sinkState.isBroken) this.child.onTellFailure();
    return this.#ended.promise;
  }

  figures(): StreamFigures {
    return this.sink.figures();
  }

  adoptSerializer(declared: Serializer): void {
    if (this.#isSerializerOpen && this.#sentMessages === 0) this.sink.serializer = declared;
  }

  send(message: unknown[]): Promise<void> | undefined {
    if (!this.isOpen) throw this.#closedError();
    if (this.sink.room.isAwaited) this.#judgeWaiting();
    else this.#waitingSends = 0;
    this.#isEncoding = true;
    let room: Promise<void> | undefined;
    try {
      room = this.sink.send(message);
    } finally {
      this.#isEncoding = false;
    }
    this.#sentMessages++;
    return room;
  }

  take(bytes: number): Buffer {
    if (!this.isOpen) throw this.#closedError();
    return this.sink.take(bytes);
  }

  async flush(options?: WaitOptions): Promise<void> {
    if (this.child.sinkState.phase === 'failed') throw this.#closedError();
    this.sink.endBatch();
    await flushWithin(this.sink.whenSent(), this.child.parent.environment.clock, options);
  }

  close(): Promise<void> {
    if (this.#closed !== undefined) return this.#closed.promise;
    const closed = new Deferred();
    if (this.#isEncoding) {
      const text = 'a value closed its stream while it was being encoded';
      closed.reject(new MisuseError(text, 'stream'));
      return closed.promise;
    }
    if (!this.isOpen) {
      closed.reject(this.#closedError());
      return closed.promise;
    }
    this.#closed = closed;
    // Settles with `ended` of the sink, which is watched.
    void this.sink.close();
    this.child.sinkState.finish();
    this.child.parent.leaks.unwatch(this);
    this.sink.whenSent().then(
      () => this.#onSent(closed),
      (error: StreamEndError) => this.#reject(closed, error),
    );
    return closed.promise;
  }

  closeAndConfirm(options?: WaitOptions): Promise<void> {
    const close = (): Promise<void> => this.close().then(() => this.#confirmed());
    return confirmWithin(close, this.child.parent.environment.clock, options);
  }

  /** The reason stays at this side. */
  abort(reason: unknown): void {
    const { sinkState, parent } = this.child;
    if (this.#isEncoding) {
      parent.environment.clock.defer(() => this.abort(reason));
      return;
    }
    if (sinkState.phase === 'open') {
      sinkState.abort(reason, 'local');
      this.#tellEnd(sinkState.closedError());
    } else if (this.#closed !== undefined && !this.#isSent) {
      this.#reject(this.#closed, abortedBeforeEnd(reason));
    } else return;
    this.sink.abort(new StreamClosedError('the sink was aborted', 'local'));
    this.child.onSinkAborted(reason);
  }

  release(): boolean {
    if (!this.isOpen) return false;
    this.abort(dropped());
    return true;
  }

  onChange(): void {
    // The sink tells of its end by itself.
  }

  #onSent(closed: Deferred): void {
    this.#isSent = true;
    closed.resolve();
    this.#ended.resolve();
  }

  /** The error for the user, and with it the news of the failure. */
  #closedError(): StreamEndError {
    if (this.child.sinkState.isBroken) this.child.onTellFailure();
    return this.child.sinkState.closedError();
  }

  async #confirmed(): Promise<void> {
    try {
      await this.sink.ended;
    } catch (error) {
      this.child.onTellFailure();
      throw error;
    }
  }

  #onOver(): void {
    this.#isOver = true;
    this.child.onSinkOver();
  }

  /** The peer's reader wants no more, or is lost. */
  #onLost(error: StreamEndError): void {
    this.#isOver = true;
    this.loss = error;
    this.child.sinkState.abort(error, error.initiator);
    this.#tellEnd(error);
    this.child.onSinkOver();
  }

  #tellEnd(error: StreamEndError): void {
    this.child.parent.leaks.unwatch(this);
    const isNoticed = this.#ended.isAsked || this.sink.room.isAwaited;
    if (isNoticed && this.child.sinkState.isBroken) this.child.onTellFailure();
    this.#ended.reject(error);
  }

  #reject(closed: Deferred, error: StreamEndError): void {
    if (closed.isAsked && error.initiator !== 'local') this.child.onTellFailure();
    closed.reject(error);
    this.#ended.reject(error);
  }

  #judgeWaiting(): void {
    const { maxWaitingSends } = this.child.parent.environment.limits;
    if (++this.#waitingSends >= maxWaitingSends) throw this.#notAwaited('maxWaitingSends');
    if (this.bufferedBytes > 2 * this.#windowBytes) throw this.#notAwaited('windowBytes, twice');
  }

  #notAwaited(option: string): NotAwaitedError {
    return new NotAwaitedError(
      `${this.bufferedBytes} bytes wait to be taken, and send was not awaited (${option})`,
    );
  }
}
