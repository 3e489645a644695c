import { cancelPath } from '../../base/cancel-path.ts';
import { Deferred } from '../../base/deferred.ts';
import { type TurnBudget, turnBudgetOf } from '../../base/turn-budget.ts';
import { judgeWait, WaitGuard, type WaitSubject } from '../../base/waiting.ts';
import type { StreamFigures } from '../../diagnostics/stream-figures.ts';
import { CanceledError, MisuseError, StreamClosedError } from '../../errors/errors.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import type { BatchOptions, WaitOptions } from '../../types/sink-source.ts';
import { EOS } from '../../wire/stream-frame.ts';
import { batchBounds } from './batch-options.ts';
import type { HalfListener } from './half-listener.ts';
import type { SourceCarrier } from './half-carrier.ts';
import type { Leakable } from './leaks.ts';
import { SourceMeter } from './source-meter.ts';
import { NO_HANDLES } from '../../serializer/no-handles.ts';

/** The result of a read: a message, or undefined at the end of stream. */
type Outcome<T> = T | undefined;

const THE_READ: WaitSubject = { what: 'the read', scope: 'stream' };

interface Waiter<T> {
  /** Kept while the read waits: a stream that is being read does not count as dropped. */
  readonly facade: object;
  readonly resolve: (outcome: Outcome<T>) => void;
  readonly reject: (error: unknown) => void;
  guard: WaitGuard | undefined;
}

/**
 * The receiving half behind a `StreamSource`. It has no reference to its facade, which may be
 * collected.
 */
export class SourceHalf<T extends unknown[], C extends SourceCarrier = SourceCarrier>
  implements HalfListener, Leakable
{
  readonly child: C;
  /** Called when the reader asks for the next message: it is done with those before. */
  onAsk: (() => void) | undefined;
  readonly #serializer: Serializer<T>;
  readonly #handles: StreamHandles;
  readonly #meter: SourceMeter;
  readonly #turns: TurnBudget;
  /** Made when somebody asks for it, or when it settles. */
  #endedLater: Deferred | undefined;
  /** Reads that wait, in order; made for the first one. */
  #waiters: Set<Waiter<T>> | undefined;
  /** A batch was handed out, and the end of stream that came with it was not yet. */
  #isEosPending = false;
  #isEosRead = false;
  /** The error that the producer sent, or an error of ours. */
  #failure: Error | undefined;
  #isServing = false;

  constructor(child: C, serializer: Serializer<T>, handles: StreamHandles = NO_HANDLES) {
    this.child = child;
    this.#serializer = serializer;
    this.#handles = handles;
    const { clock } = child.parent.environment;
    this.#meter = new SourceMeter(child, clock);
    this.#turns = turnBudgetOf(clock);
    child.openSource(this);
  }

  get bufferedBytes(): number {
    return this.child.input.heldBytes;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get #ended(): Deferred {
    return (this.#endedLater ??= new Deferred());
  }

  get #isAwaited(): boolean {
    return this.#waiters !== undefined && this.#waiters.size > 0;
  }

  /** Whether the end was reached, in any way. */
  get isOver(): boolean {
    return this.#isEosRead || this.#failure !== undefined;
  }

  figures(): StreamFigures {
    const { parent, receivedMessages } = this.child;
    return this.#meter.figures(receivedMessages, parent.environment.limits.sourceBudgetBytes);
  }

  /** @param facade - the object that the reader holds. */
  read(facade: object, options?: WaitOptions): Promise<Outcome<T>> {
    const over = options === undefined ? undefined : judgeWait(options, THE_READ);
    if (over !== undefined) return Promise.reject(over);
    try {
      const message = this.tryReadNow();
      if (message !== undefined) return this.pass(message === EOS ? undefined : message);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#wait(facade, options);
  }

  async readBatch(facade: object, options?: BatchOptions): Promise<T[] | undefined> {
    const { max, wait } = batchBounds(options);
    const first = await this.read(facade, wait);
    if (first === undefined) return undefined;
    const batch = [first];
    try {
      while (batch.length < max && this.#failure === undefined && !this.#isAwaited) {
        if (max === Infinity) this.#readWhole(batch);
        const message = this.tryRead();
        if (message === undefined) break;
        if (message === EOS) {
          this.#isEosPending = true;
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
  tryRead(): T | typeof EOS | undefined {
    if (this.#isEosPending) {
      this.#isEosPending = false;
      return EOS;
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isEosRead) throw new StreamClosedError('the end of stream has been read', 'local');
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
      this.#meter.end();
      this.child.parent.leaks.unwatch(this);
      this.#ended.resolve();
      return EOS;
    }
    return this.#decode(frame);
  }

  /** As `tryRead`, but undefined while earlier reads wait, because their turn comes first. */
  tryReadNow(): T | typeof EOS | undefined {
    this.onAsk?.();
    return this.#isAwaited ? undefined : this.tryRead();
  }

  cancel(reason: unknown): void {
    const path = cancelPath(reason, this.child.parent.environment.processName);
    const error = new CanceledError('stream', reason, 'local', path);
    this.cancelWith(error, new StreamClosedError('the source was canceled', 'local', error));
  }

  /**
   * The reader wants no more because of `cause`; waiting reads get `error`. Does nothing when the
   * stream is over.
   */
  cancelWith(cause: unknown, error: Error): void {
    if (this.isOver) return;
    this.child.cancelSource(cause);
    this.#end(error);
  }

  release(): boolean {
    if (this.isOver || this.child.sourceState.phase === 'ended') return false;
    this.cancel(new MisuseError('the source was dropped before its end', 'stream'));
    return true;
  }

  onMoved(): void {
    this.#meter.move();
  }

  onChange(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      this.#serve();
    } finally {
      this.#isServing = false;
    }
  }

  /**
   * Appends the messages that lie whole in the first chunk, in a tight loop: most of a batch comes
   * this way (`stream.down.64B.batch`).
   */
  #readWhole(batch: T[]): void {
    if (this.isOver) return;
    // Each message takes the place of its frame: a second array would cost as much as the decoding.
    const places: (Buffer | T)[] = batch;
    let at = places.length;
    this.child.takeWhole(places as Buffer[]);
    try {
      for (; at < places.length; at++) places[at] = this.#decode(places[at] as Buffer);
    } finally {
      places.length = at;
    }
  }

  #serve(): void {
    for (const waiter of this.#waiters ?? []) {
      try {
        const message = this.tryRead();
        if (message === undefined) return;
        this.#release(waiter);
        waiter.resolve(message === EOS ? undefined : message);
        // The next read has asked before there was anything to be done with.
        if (this.#isAwaited) this.onAsk?.();
      } catch (error) {
        this.#release(waiter);
        waiter.reject(error);
      }
    }
  }

  #wait(facade: object, options: WaitOptions | undefined): Promise<Outcome<T>> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter<T> = { facade, resolve, reject, guard: undefined };
      if (options !== undefined) {
        const { clock } = this.child.parent.environment;
        waiter.guard = new WaitGuard(clock, options, THE_READ, (error) => {
          this.#release(waiter);
          reject(error);
        });
      }
      this.#waiters ??= new Set();
      this.#waiters.add(waiter);
      if (this.#waiters.size === 1) this.#setWaiting(true);
    });
  }

  #release(waiter: Waiter<T>): void {
    waiter.guard?.end();
    this.#waiters?.delete(waiter);
    if (!this.#isAwaited) this.#setWaiting(false);
  }

  #setWaiting(isWaiting: boolean): void {
    this.#meter.setWaiting(isWaiting);
    this.child.setSourceWaiting(isWaiting);
  }

  #decode(frame: Buffer): T {
    try {
      return this.#serializer.decode(frame, this.#handles);
    } catch (error) {
      this.child.abortSource(error);
      this.child.onTellFailure?.();
      throw this.#end(this.child.sourceState.closedError());
    }
  }

  #end(error: Error): Error {
    if (this.#failure === undefined && !this.#isEosRead) {
      this.#failure = error;
      this.#meter.end();
      this.child.parent.leaks.unwatch(this);
      this.#ended.reject(error);
      for (const waiter of this.#waiters ?? []) {
        this.#release(waiter);
        waiter.reject(error);
      }
    }
    return error;
  }
}
