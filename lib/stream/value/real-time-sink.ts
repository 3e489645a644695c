import { Deferred } from '../../base/deferred.ts';
import { type TurnBudget, turnBudgetOf } from '../../base/turn-budget.ts';
import type { StreamFigures } from '../../diagnostics/stream-figures.ts';
import { type CanceledError, ProtocolError } from '../../errors/errors.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { Environment } from '../../settings/environment.ts';
import type { ResumePoint } from '../../wire/resume-point.ts';
import { closedBy } from '../half/half-state.ts';
import type { SinkSegment } from '../lane/sink-segment.ts';
import { SentPositions } from '../resume/sent-positions.ts';
import type { AcknowledgedSink } from './acknowledged-sink.ts';
import type { StreamOutcome } from './lane-feed.ts';
import { ProducerProgress } from '../resume/producer-progress.ts';
import { type FedSink, RealTimeFeed } from './real-time-feed.ts';
import { RealTimeLane } from './real-time-lane.ts';
import type { RealTimeSetup, RealTimeStream } from './real-time-setup.ts';
import { releaseArguments } from './release-streams.ts';
import { lostConsumer, movedOn } from './retained-words.ts';

/**
 * The sending side of a real-time stream. In flight is a small window; the next items wait as values.
 * Whenever the consumer has come further, these shrink to the newest one that it may skip to, and
 * those behind it. Nothing is kept of what was sent: it is not sent again.
 *
 *     sending --close, abort, an item refused--> ended --end sent, or taken if it can resume--> over
 *        \                                         \
 *         `--cancel, lose, lane lost for good-------`--> over
 */
export class RealTimeSink implements AcknowledgedSink, FedSink {
  readonly serializer: Serializer;
  readonly canResume: boolean;
  readonly progress: ProducerProgress;
  readonly #setup: RealTimeSetup;
  readonly #stream: RealTimeStream;
  readonly #turns: TurnBudget;
  readonly #feed: RealTimeFeed;
  readonly #positions = new SentPositions();
  readonly #headers: Buffer[] = [];
  readonly #trailers: Buffer[] = [];
  readonly #over = new Deferred();
  /** Set while the producer waits for a shorter queue, or for a lane. */
  #room: Deferred | undefined;
  #outcome: StreamOutcome | undefined;
  #isOver = false;

  constructor({ clock }: Pick<Environment, 'clock'>, setup: RealTimeSetup, stream: RealTimeStream) {
    this.serializer = setup.serializer;
    this.canResume = setup.canResume;
    this.progress = new ProducerProgress(clock, setup.listener);
    this.#setup = setup;
    this.#stream = stream;
    this.#turns = turnBudgetOf(clock);
    this.#feed = new RealTimeFeed(setup.canSkipTo, this);
  }

  get lastMessageBytes(): number {
    return this.#feed.lane?.sink.lastMessageBytes ?? 0;
  }

  /** Resolves when the end was sent, or taken if the consumer can resume; else rejects. */
  get ended(): Promise<void> {
    return this.#over.promise;
  }

  get positions(): AcknowledgedSink['positions'] {
    return this.#positions;
  }

  get sentItems(): number {
    return this.#feed.highestIndex;
  }

  figures(): StreamFigures {
    const { lane, sentItems: items, sentBytes: bytes } = this.#feed;
    // There is a lane from the start on.
    return { ...lane!.sink.figures(), items, bytes };
  }

  start(segment: SinkSegment): void {
    const { taken: firstIndex, attempt } = this.#positions;
    const { serializer, handles, isManual } = this.#setup;
    const { canResume } = this;
    if (canResume) segment.attempt = attempt;
    const terms = { firstIndex, isManual, canResume };
    const lane = new RealTimeLane(segment, { serializer, handles, terms });
    this.#feed.attach(lane);
    if (firstIndex === 0) {
      for (const document of this.#headers) lane.sink.writeMetadata('headers', document);
    }
    // Where the stream can go on, the consumer asks for another lane.
    lane.sink.ended.catch((error: unknown) => {
      if (!canResume && !lane.isEnded) this.#end(error);
    });
    this.#send();
  }

  resume(segment: SinkSegment, point: ResumePoint): void {
    segment.attempt = point.attempt;
    try {
      if (!this.#positions.resume(point, this.#feed.highestIndex)) {
        segment.fence(new ProtocolError('a newer attempt to resume the stream has come', 'stream'));
        return;
      }
    } catch (error) {
      segment.abort(error, 'remote');
      this.#end(error);
      return;
    }
    this.#feed.lane?.segment.fence(movedOn());
    const { acknowledged, taken } = this.#positions;
    this.progress.onResume(acknowledged);
    this.#feed.restart(acknowledged, taken);
    this.#stream.onRestart(taken);
    this.#inContext(() => this.start(segment));
  }

  onAck(acknowledged: number, taken: number): void {
    if (this.#isOver) return;
    const before = this.#positions.acknowledged;
    try {
      this.#positions.move(acknowledged, taken, this.#feed.highestIndex);
    } catch (error) {
      this.#abortWith(error);
      return;
    }
    // One that tells nothing new is none.
    if (this.#positions.acknowledged === before) return;
    this.progress.onAck(this.#positions.acknowledged);
    this.#inContext(() => this.#onAcknowledged());
  }

  onDone(): void {
    if (this.#isOver) return;
    if (this.#outcome !== undefined && this.#feed.isEmpty) {
      this.progress.onAck(this.#feed.nextIndex);
      this.#end(undefined);
    } else this.#abortWith(new ProtocolError('the peer took an end that was not sent', 'stream'));
  }

  send(message: unknown[]): Promise<void> | undefined {
    if (!this.#isSending) throw closedBy(undefined, 'local');
    this.#feed.add(message[0]);
    this.progress.onBuffered(this.#feed.addedItems);
    if (!this.#isOver) return this.#waitForRoom();
    // The code of the value, or that for it, has ended the stream.
    this.#release(this.#feed.clear());
    return this.#over.promise;
  }

  writeMetadata(type: 'headers' | 'trailers', document: Buffer): void {
    if (type === 'trailers') this.#trailers.push(document);
    else {
      this.#headers.push(document);
      this.#feed.lane?.sink.writeMetadata(type, document);
    }
  }

  endBatch(): void {
    this.#feed.lane?.sink.endBatch();
  }

  close(): Promise<void> {
    this.#endSource({ kind: 'count' });
    return this.#over.promise.then(() => {
      if (this.#outcome?.kind === 'error') throw this.#outcome.error;
    });
  }

  abort(reason: unknown): void {
    this.#endSource({ kind: 'error', error: reason });
  }

  cancel(cause: CanceledError): void {
    this.#feed.lane?.segment.cancel(cause);
    this.#end(cause);
  }

  lose(cause: Error): Error | undefined {
    if (this.#isOver) return undefined;
    const { taken, acknowledged } = this.#positions;
    const error = this.canResume
      ? lostConsumer(cause, { sent: this.sentItems, taken, acknowledged })
      : cause;
    if (this.canResume && !this.#feed.isAway) this.#feed.lane?.segment.fence(cause);
    this.#end(error);
    return error;
  }

  roomForItem(refusal: unknown): Promise<void> | undefined {
    return this.#stream.roomForItem(refusal);
  }

  onItem(): void {
    this.progress.onSent(this.#feed.highestIndex, 0);
    this.#stream.onItem();
  }

  onSkipped(waiting: readonly unknown[], lost: number): void {
    this.#release(waiting);
    this.#stream.onSkipped(waiting.length + lost);
  }

  onRefused(error: unknown): void {
    if (this.#isOver || this.#outcome?.kind === 'error') return;
    this.#release(this.#feed.clear());
    this.#outcome = { kind: 'error', error };
    this.#send();
    this.#stream.onFailure(error);
  }

  onRoom(): void {
    this.#inContext(() => this.#send());
  }

  get #isSending(): boolean {
    return !this.#isOver && this.#outcome === undefined;
  }

  #inContext(work: () => void): void {
    if (this.#setup.run === undefined) work();
    else this.#setup.run(work);
  }

  #onAcknowledged(): void {
    try {
      this.#feed.acknowledge(this.#positions.acknowledged);
    } catch (error) {
      this.onRefused(error);
    }
    this.#send();
  }

  #endSource(outcome: StreamOutcome): void {
    if (!this.#isSending) return;
    this.#outcome = outcome;
    this.#send();
  }

  /** Sends what there is room for, and then the end. */
  #send(): void {
    this.#feed.send();
    if (this.#isOver) this.#release(this.#feed.clear());
    else if (this.#outcome !== undefined && this.#feed.isEmpty) this.#sendEnd(this.#outcome);
    this.#wake();
  }

  #sendEnd(outcome: StreamOutcome): void {
    const { lane, isAway, skipped } = this.#feed;
    if (lane === undefined || isAway) return;
    const sent = lane.end(outcome, this.#trailers, skipped);
    if (this.canResume) {
      sent.catch(() => {});
      return;
    }
    sent.then(
      () => this.#end(undefined),
      (error: unknown) => this.#end(outcome.kind === 'error' ? outcome.error : error),
    );
  }

  /** The producer waits for the next turn of the loop, for a lane, and while the queue is full. */
  #waitForRoom(): Promise<void> | undefined {
    if (this.#feed.isAway || this.#feed.isFull) {
      this.#room ??= new Deferred();
      return this.#room.promise;
    }
    if (this.#feed.turn !== undefined) return this.#feed.turn;
    return this.#turns.spendOne() ? this.#turns.pass(undefined, 0) : undefined;
  }

  #wake(): void {
    if (this.#room === undefined || this.#feed.isAway || this.#feed.isFull) return;
    this.#room.resolve();
    this.#room = undefined;
  }

  /** Releases the streams in items that are not sent. */
  #release(items: readonly unknown[]): void {
    for (const item of items) releaseArguments(this.serializer, [item]);
  }

  /** The peer breaks the rules: it learns of it as well. */
  #abortWith(error: unknown): void {
    if (!this.#feed.isAway) this.#feed.lane?.segment.abort(error, 'remote');
    this.#end(error);
  }

  #end(cause: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#release(this.#feed.clear());
    if (cause === undefined) {
      this.#over.resolve();
      return;
    }
    const error = closedBy(cause);
    this.#room?.reject(error);
    this.#over.reject(error);
  }
}
