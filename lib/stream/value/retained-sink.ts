import { Deferred } from '../../base/deferred.ts';
import { type TurnBudget, turnBudgetOf } from '../../base/turn-budget.ts';
import { TurnEnd } from '../../base/turn-end.ts';
import type { StreamFigures } from '../../diagnostics/stream-figures.ts';
import { type CanceledError, ProtocolError } from '../../errors/errors.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import type { Environment } from '../../settings/environment.ts';
import type { ResumePoint } from '../../wire/resume-point.ts';
import type { HalfListener } from '../half/half-listener.ts';
import { closedBy } from '../half/half-state.ts';
import { messageTooLarge } from '../half/sink-ends.ts';
import { TakenMemory } from '../half/taken-memory.ts';
import type { SinkSegment } from '../lane/sink-segment.ts';
import { KeptMemory } from '../resume/kept-memory.ts';
import { Retention } from '../resume/retention.ts';
import { SendWindow } from '../resume/send-window.ts';
import { SentPositions } from '../resume/sent-positions.ts';
import type { AcknowledgedSink } from './acknowledged-sink.ts';
import { LaneFeed, type StreamOutcome } from './lane-feed.ts';
import type { ResumableTerms } from '../resume/resumable-terms.ts';
import { ProducerProgress } from '../resume/producer-progress.ts';
import { lostConsumer, movedOn, retainedFrame } from './retained-words.ts';
import { SendingRoom, warnOfSilence } from './sending-room.ts';

/**
 * The sending side of a resumable stream. It keeps what is sent until the consumer has taken it, and
 * goes on at that place when the lane was lost. The producer is not asked for more than the window
 * holds, whether there is a lane or not.
 *
 *     sending --close, abort--> ended --done--> over
 *        \                        \
 *         `--cancel, lose----------`--> over
 */
export class RetainedSink implements AcknowledgedSink, HalfListener {
  serializer: Serializer;
  lastMessageBytes = 0;
  readonly progress: ProducerProgress;
  readonly canResume = true;
  /** Where the producer waits while the window is full. */
  readonly room: SendingRoom;
  readonly #environment: Environment;
  readonly #handles: StreamHandles;
  readonly #terms: ResumableTerms;
  readonly #kept: Retention;
  readonly #feed: LaneFeed;
  readonly #positions = new SentPositions();
  readonly #window: SendWindow;
  readonly #turns: TurnBudget;
  readonly #turnEnd: TurnEnd;
  readonly #maxMessageBytes: number;
  readonly #over = new Deferred();
  /** Made when memory is taken. */
  #taken: TakenMemory | undefined;
  #isOver = false;

  constructor(
    environment: Environment,
    serializer: Serializer,
    handles: StreamHandles,
    terms: ResumableTerms,
    memory: KeptMemory = new KeptMemory(),
  ) {
    const { clock, slabs, limits } = environment;
    this.#environment = environment;
    this.serializer = serializer;
    this.#handles = handles;
    this.#terms = terms;
    this.#maxMessageBytes = limits.maxStreamMessageBytes;
    this.progress = new ProducerProgress(clock, terms);
    this.room = new SendingRoom(clock, memory, this);
    this.#kept = new Retention(slabs, terms, memory);
    this.#window = new SendWindow(terms, this.#kept, this.#positions);
    this.#feed = new LaneFeed(this.#kept, environment);
    this.#turns = turnBudgetOf(clock);
    this.#turnEnd = new TurnEnd(clock, () => this.#handOver());
  }

  /** Resolves when the consumer has taken all; rejects when it will not. */
  get ended(): Promise<void> {
    return this.#over.promise;
  }

  /** How far the consumer has come. */
  get positions(): Readonly<Pick<SentPositions, 'taken' | 'acknowledged' | 'isStale'>> {
    return this.#positions;
  }

  /** Items that were given to a lane. */
  get sentItems(): number {
    return this.#feed.sent;
  }

  /** Resolves when a lane has got all that was sent so far; rejects when none will. */
  whenSent(): Promise<void> {
    return this.#feed.whenSent();
  }

  figures(): StreamFigures {
    return this.room.meter.figures(this.#window.figures());
  }

  start(segment: SinkSegment): void {
    const { taken: firstIndex, attempt } = this.#positions;
    segment.attempt = attempt;
    this.#feed.attach(segment, firstIndex, this);
    segment.writeFrame(retainedFrame(this.#terms, firstIndex));
    if (firstIndex === 0) this.#feed.repeatHeaders();
    this.#handOver();
    this.room.onLane();
  }

  /**
   * The consumer goes on on this lane. Any other lane of the stream is given up; so is this one, if a
   * newer attempt has come before.
   */
  resume(segment: SinkSegment, point: ResumePoint): void {
    segment.attempt = point.attempt;
    try {
      if (!this.#positions.resume(point, this.#feed.sent)) {
        segment.fence(new ProtocolError('a newer attempt to resume the stream has come', 'stream'));
        return;
      }
    } catch (error) {
      segment.abort(error, 'remote');
      this.#end(error);
      return;
    }
    this.#feed.detach()?.fence(movedOn());
    // An item that is on two lanes may be taken from one while the other still sends it.
    this.#taken?.leave();
    this.#onMoved();
    this.start(segment);
  }

  onAck(acknowledged: number, taken: number): void {
    if (this.#isOver) return;
    try {
      if (this.#positions.move(acknowledged, taken, this.#feed.sent)) this.#onMoved();
    } catch (error) {
      this.#abortWith(error);
    }
  }

  /** The consumer has taken the end, and has acknowledged all. */
  onDone(): void {
    if (this.#isOver) return;
    if (!this.#feed.hasSentAll) {
      this.#abortWith(new ProtocolError('the peer took an end that was not sent', 'stream'));
      return;
    }
    this.progress.onAck(this.#kept.nextIndex);
    this.#end(undefined);
  }

  send(message: unknown[]): Promise<void> | undefined {
    if (!this.#isSending) throw closedBy(undefined, 'local');
    const taken = this.#taken;
    taken?.judge(message);
    const out = this.#kept.beginMessage();
    let bytes: number;
    try {
      this.serializer.encode(message, out, this.#handles);
      bytes = this.#kept.messageBytes;
      if (bytes > this.#maxMessageBytes) throw messageTooLarge(bytes, this.#maxMessageBytes);
      // Code in the value may have ended the stream.
      if (this.#isOver) throw closedBy(undefined, 'local');
    } catch (error) {
      this.#kept.rollback();
      throw error;
    }
    this.#kept.endMessage(bytes);
    taken?.onSent(message, this.#kept.nextIndex);
    this.lastMessageBytes = bytes;
    if (this.#window.spend(bytes)) return this.#look();
    return this.#turns.spendOne() ? this.#turns.pass(undefined, 0) : undefined;
  }

  /** Memory for an item, which is used again once the consumer has taken the item. */
  take(bytes: number): Buffer {
    this.#taken ??= new TakenMemory(this.#environment, () => this.#positions.taken);
    return this.#taken.take(bytes);
  }

  writeMetadata(type: 'headers' | 'trailers', document: Buffer): void {
    this.#feed.writeMetadata(type, document);
  }

  endBatch(): void {
    this.#handOver();
    this.#feed.flush();
  }

  close(): Promise<void> {
    if (this.#isSending) this.#endSource({ kind: 'count' });
    return this.#over.promise;
  }

  /** Also behind `close`, as long as no lane has got the end. */
  abort(reason: unknown): void {
    const { isEndSent, outcome } = this.#feed;
    if (!isEndSent && outcome?.kind !== 'error') this.#endSource({ kind: 'error', error: reason });
  }

  cancel(cause: CanceledError): void {
    this.#feed.detach()?.cancel(cause);
    this.#end(cause);
  }

  lose(cause: Error): Error | undefined {
    if (this.#isOver) return undefined;
    const { taken, acknowledged } = this.#positions;
    const error = lostConsumer(cause, { sent: this.#kept.nextIndex, taken, acknowledged });
    this.#end(error);
    return error;
  }

  /** The lane is lost, unless the stream has left it. */
  onChange(): void {
    if (this.#feed.segment?.sinkState.phase !== 'failed') return;
    this.#feed.detach();
    this.progress.onParted();
    this.room.onParted();
  }

  get #isSending(): boolean {
    return !this.#isOver && this.#feed.outcome === undefined;
  }

  /** Whether the producer has to wait: for its window, or for the memory of its session. */
  get isFull(): boolean {
    return this.#window.isFull;
  }

  /** An item was sent: the first one of a turn, or the last one of a batch or a window. */
  #look(): Promise<void> | undefined {
    this.progress.onBuffered(this.#kept.nextIndex);
    const isComplete = this.#window.isBatchComplete(this.lastMessageBytes);
    if (isComplete) this.#handOver();
    else this.#turnEnd.plan();
    if (this.isFull) return this.room.wait(this.#feed.segment !== undefined);
    // The first item of the next batch plans the turn's end.
    if (!isComplete) this.#window.look();
    return this.#turns.spendOne() ? this.#turns.pass(undefined, 0) : undefined;
  }

  #endSource(outcome: StreamOutcome): void {
    if (this.#isOver) return;
    this.#feed.end(outcome);
    this.room.meter.end();
    this.#handOver();
  }

  #handOver(): void {
    this.#window.gather();
    if (this.#isOver) return;
    this.#feed.handOver();
    this.progress.onSent(this.#feed.sent, this.#feed.resent);
  }

  onSilent(): void {
    const { segment } = this.#feed;
    if (segment === undefined) return;
    warnOfSilence(segment, this.#window.items);
    this.#terms.onUnacknowledged?.();
  }

  #onMoved(): void {
    this.#kept.free(this.#positions.taken);
    this.#window.onAcknowledged();
    const hasAcknowledged = this.progress.acknowledgedItems < this.#positions.acknowledged;
    this.progress.onAck(this.#positions.acknowledged);
    this.room.onMoved(hasAcknowledged && this.#feed.segment !== undefined);
  }

  /** The peer breaks the rules: it learns of it as well. */
  #abortWith(error: unknown): void {
    this.#feed.detach()?.abort(error, 'remote');
    this.#end(error);
  }

  #end(cause: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#taken?.end();
    this.#kept.clear();
    const segment = this.#feed.detach();
    const error = cause === undefined ? undefined : closedBy(cause);
    this.room.end(error);
    if (error === undefined) this.#over.resolve();
    else {
      segment?.fence(cause);
      this.#feed.lose(error);
      this.#over.reject(error);
    }
  }
}
