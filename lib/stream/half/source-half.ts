import { cancelPath } from '../../base/cancel-path.ts';
import { Deferred } from '../../base/deferred.ts';
import { type TurnBudget, turnBudgetOf } from '../../base/turn-budget.ts';
import type { Clock } from '../../base/clock.ts';
import { judgeWait } from '../../base/waiting.ts';
import type { StreamFigures } from '../../diagnostics/stream-figures.ts';
import { CanceledError, MisuseError, StreamClosedError } from '../../errors/errors.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import type { BatchOptions, WaitOptions } from '../../types/sink-source.ts';
import { EOS } from '../../wire/stream-frame.ts';
import { batchBounds } from './batch-options.ts';
import { Borrowing, type StepListener } from './borrowing.ts';
import type { HalfListener } from './half-listener.ts';
import type { SourceCarrier } from './half-carrier.ts';
import type { Leakable } from './leaks.ts';
import type { Memory } from './message-memory.ts';
import { MessageReading } from './message-reading.ts';
import { SourceMeter } from './source-meter.ts';
import { THE_READ, WaitingReads } from './waiting-reads.ts';
import { NO_HANDLES } from '../../serializer/no-handles.ts';

/** The receiving half behind a `StreamSource`. It has no reference to its facade, which may be collected. */
export class SourceHalf<T extends unknown[], C extends SourceCarrier = SourceCarrier>
  implements HalfListener, Leakable
{
  readonly child: C;
  readonly #messages: MessageReading<T>;
  readonly #meter: SourceMeter;
  readonly #turns: TurnBudget;
  /** Made when somebody asks for it, or when it settles. */
  #endedLater: Deferred | undefined;
  /** Made for the first one. */
  #waiting: WaitingReads<T> | undefined;
  /** Is told when the reader takes a step. While it borrows, that is the borrowing. */
  #steps: StepListener | undefined;
  /** Set once the reader has borrowed. */
  #borrowing: Borrowing | undefined;
  /** A message that did not fit comes again, or the end that came with a batch is to be handed out. */
  #isPending = false;
  #isEosRead = false;
  /** The error that the producer sent, or an error of ours. */
  #failure: Error | undefined;

  constructor(child: C, serializer: Serializer<T>, handles: StreamHandles = NO_HANDLES) {
    this.child = child;
    this.#messages = new MessageReading(child, serializer, handles, (error) =>
      this.#onMisfit(error),
    );
    const { clock } = child.parent.environment;
    this.#meter = new SourceMeter(child, clock);
    this.#turns = turnBudgetOf(clock);
    child.openSource(this);
  }

  get bufferedBytes(): number {
    return this.child.input.heldBytes + (this.#borrowing?.keptBytes ?? 0);
  }

  /** The number of messages that were read. */
  get receivedMessages(): number {
    return this.child.receivedMessages - (this.#borrowing?.keptMessages ?? 0);
  }

  /** Is told when the reader asks for the next message: it is done with those before. */
  get listener(): StepListener | undefined {
    return this.#borrowing === undefined ? this.#steps : this.#borrowing.listener;
  }

  set listener(listener: StepListener | undefined) {
    if (this.#borrowing === undefined) this.#steps = listener;
    else this.#borrowing.listener = listener;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get #ended(): Deferred {
    return (this.#endedLater ??= new Deferred());
  }

  get #isAwaited(): boolean {
    return this.#waiting !== undefined && !this.#waiting.isEmpty;
  }

  /** @internal */
  get clock(): Clock {
    return this.child.parent.environment.clock;
  }

  /** @internal */
  setWaiting(isWaiting: boolean): void {
    this.#meter.setWaiting(isWaiting);
    this.child.setSourceWaiting(isWaiting);
  }

  /** Whether the end was reached, in any way. */
  get isOver(): boolean {
    return this.#isEosRead || this.#failure !== undefined;
  }

  figures(): StreamFigures {
    const { parent } = this.child;
    return this.#meter.figures(this.receivedMessages, parent.environment.limits.sourceBudgetBytes);
  }

  /**
   * @param facade - the object that the reader holds.
   * @param memory - to be something else than `own` only after `borrow`.
   */
  read(facade: object, options?: WaitOptions, memory: Memory = 'own'): Promise<T | undefined> {
    const over = options === undefined ? undefined : judgeWait(options, THE_READ);
    if (over !== undefined) return Promise.reject(over);
    try {
      const message = this.tryReadNow(memory);
      if (message !== undefined) return this.pass(message === EOS ? undefined : message);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#waiting ??= new WaitingReads(this);
    return this.#waiting.add(facade, memory, options);
  }

  async readBatch(facade: object, options?: BatchOptions): Promise<T[] | undefined> {
    const { max, memory, wait } = batchBounds(options);
    if (memory !== 'own') this.borrow();
    const first = await this.read(facade, wait, memory);
    if (first === undefined) return undefined;
    const batch = [first];
    try {
      while (batch.length < max && this.#failure === undefined && !this.#isAwaited) {
        if (max === Infinity) this.#readWhole(batch, memory);
        const message = this.tryRead(memory);
        if (message === undefined) break;
        if (message === EOS) {
          this.#isPending = true;
          break;
        }
        batch.push(message);
      }
    } catch {
      // The failure is kept, for the next read.
    }
    return this.#turns.spend(batch.length) ? this.#turns.pass(batch, 0) : batch;
  }

  /** A promise of what was read, in a later turn if messages have taken enough of this one. */
  pass<R>(read: R, messages: number = 1): Promise<R> {
    return this.#turns.pass(read, messages);
  }

  /**
   * The next message if it has come, EOS once, or undefined.
   *
   * @throws StreamClosedError when the stream is over.
   */
  tryRead(memory: Memory = 'own'): T | typeof EOS | undefined {
    if (this.#isPending) return this.#takePending(memory);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isEosRead) throw new StreamClosedError('the end of stream has been read', 'local');
    const message = this.#borrowing === undefined ? this.#messages.readOne() : undefined;
    if (message !== undefined) return message;
    let frame: Buffer | typeof EOS | undefined;
    try {
      frame = this.child.nextFrame();
    } catch (error) {
      this.child.onTellFailure?.();
      throw this.#end(error as Error);
    }
    if (frame === undefined) return undefined;
    if (frame === EOS) {
      this.#isEosRead = true;
      this.#borrowing?.end();
      this.#meter.end();
      // A reader that is dropped before it has acknowledged all leaves the peer waiting.
      if (this.child.resumption?.isSettling !== true) this.child.parent.leaks.unwatch(this);
      this.#ended.resolve();
      return EOS;
    }
    return this.#borrowing === undefined
      ? this.#messages.decode(frame)
      : this.#decodeIn(memory, frame);
  }

  /** As `tryRead`, but undefined while earlier reads wait, because their turn comes first. */
  tryReadNow(memory: Memory = 'own'): T | typeof EOS | undefined {
    this.#steps?.onAsk();
    return this.#isAwaited ? undefined : this.tryRead(memory);
  }

  /** The reader takes a step: it is done with what it has read, and borrowed, so far. */
  step(): void {
    this.#steps?.onAsk();
  }

  /** The reader is about to read in other memory than its own. */
  borrow(): void {
    // The input of a stream that is over may belong to the next one.
    if (this.isOver || this.#borrowing !== undefined) return;
    const { input, parent } = this.child;
    this.#steps = this.#borrowing = new Borrowing(input, parent.environment, this.#steps);
  }

  /** The reader leaves: it is done with what it has borrowed. */
  giveBack(): void {
    this.#borrowing?.giveBack();
  }

  cancel(reason: unknown): void {
    const path = cancelPath(reason, this.child.parent.environment.processName);
    const error = new CanceledError('stream', reason, 'local', path);
    this.cancelWith(error, new StreamClosedError('the source was canceled', 'local', error));
  }

  /** The reader wants no more because of `cause`, or acknowledges no more; waiting reads get `error`. */
  cancelWith(cause: unknown, error: Error): void {
    const { resumption } = this.child;
    if (!this.isOver) {
      this.child.cancelSource(cause);
      this.#end(error);
    } else if (resumption?.isSettling === true) resumption.tellCancel(cause);
  }

  release(): boolean {
    const isEnded = this.isOver || this.child.sourceState.phase === 'ended';
    if (isEnded && this.child.resumption?.isSettling !== true) return false;
    this.cancel(new MisuseError('the source was dropped before its end', 'stream'));
    return true;
  }

  onMoved(): void {
    this.#borrowing?.move(this.child.input);
    this.#meter.move();
  }

  onChange(): void {
    this.#borrowing?.trimEnded();
    this.#waiting?.serve();
  }

  #readWhole(batch: T[], memory: Memory): void {
    if (this.isOver) return;
    if (this.#borrowing === undefined) this.#messages.readAll(batch);
    else this.#messages.readViews(batch, (frame) => this.#decodeIn(memory, frame));
  }

  /** A message can't be decoded. Returns the error of the reader. */
  #onMisfit(error: unknown): Error {
    this.child.abortSource(error);
    this.child.onTellFailure?.();
    return this.#end(this.child.sourceState.closedError());
  }

  /** As `decode`, for a reader that borrows, or has borrowed. */
  #decodeIn(memory: Memory, frame: Buffer): T {
    const borrowing = this.#borrowing!; // Set where this is called.
    const message = this.#messages.decode(borrowing.inMemory(frame, memory));
    if (typeof memory === 'string') return message;
    try {
      return borrowing.write(message, frame, memory) as unknown[] as T;
    } catch (error) {
      this.#isPending = true;
      throw error;
    }
  }

  /** The message that did not fit before, or the end. */
  #takePending(memory: Memory): T | typeof EOS {
    if (this.#failure !== undefined) throw this.#failure;
    const message = this.#borrowing?.takeKept(memory);
    this.#isPending = false;
    return message === undefined ? EOS : (message as T);
  }

  #end(error: Error): Error {
    if (this.#failure === undefined && !this.#isEosRead) {
      this.#failure = error;
      this.#borrowing?.end();
      this.#meter.end();
      this.child.parent.leaks.unwatch(this);
      this.#ended.reject(error);
      this.#waiting?.rejectAll(error);
    }
    return error;
  }
}
