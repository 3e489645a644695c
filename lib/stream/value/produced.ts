import type { Clock } from '../../base/clock.ts';
import type { Cancel } from '../../document/cancel-document.ts';
import { areStreamsWatched } from '../../diagnostics/channels.ts';
import type { WatchedCall } from '../../diagnostics/watched-call.ts';
import { CanceledError } from '../../errors/errors.ts';
import { toError } from '../../errors/foreign.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { ResumePoint } from '../../wire/resume-point.ts';
import type { Lane } from '../lane/lane.ts';
import { endOfCall } from '../lane/cancel-message.ts';
import type { SinkSegment } from '../lane/sink-segment.ts';
import { valueEvent } from '../half/half-events.ts';
import { type NamedStream, type Naming, type Telling, unsent } from '../half/named-stream.ts';
import { ToldStream } from '../half/told-stream.ts';
import type { OuterStream } from './item-handles.ts';
import { unclaimItems } from './one-shot.ts';
import { releaseSource, holdError, producerOf } from './item-producer.ts';
import { LocalValueStream } from './local-value-stream.ts';
import type { AcknowledgedSink } from './acknowledged-sink.ts';
import type { ItemSink } from './item-sink.ts';
import { acknowledgedOf, openItemSink } from './open-item-sink.ts';
import type { ProducedHooks } from './produced-hooks.ts';
import type { ItemPlace, OfferPlace, ProducedOwner } from './produced-owner.ts';
import { hooksOf, itemsOf } from './produced-source.ts';
import { Pump, type PumpedStream, withoutItems } from './pump.ts';
import type { RealTimeStream } from './real-time-setup.ts';
import { RealTimeSink } from './real-time-sink.ts';
import { lossOf, producersEnd, tookUnsent } from './retained-words.ts';

/**
 * A stream that we have offered to the peer.
 *
 *     offered --start--> running --> over
 *        \
 *         `--cancel, or its lease is over--> over
 */
export class Produced implements NamedStream, OuterStream, PumpedStream, RealTimeStream {
  readonly number: number;
  readonly root: number;
  /** Undefined for a stream in a call's values. */
  readonly place: ItemPlace | undefined;
  readonly serializer: Serializer;
  /** When its lease is over, by the clock. The peer renews the lease until the stream starts. */
  leaseUntil: number;
  readonly hooks: ProducedHooks;
  /** The call that has named it, if somebody watches it. */
  call: WatchedCall | undefined;
  onOver: ((cause: Error | undefined, isOwn: boolean) => void) | undefined;
  readonly #owner: ProducedOwner;
  readonly #source: object;
  /** The lane that the consumer has offered for it. */
  readonly #lane: Lane | undefined;
  readonly #local: LocalValueStream<unknown> | undefined;
  #pump: Pump | undefined;
  #sink: ItemSink | undefined;
  /** The same, if the consumer acknowledges. */
  #acknowledged: AcknowledgedSink | undefined;
  /** Set when the stream starts, if somebody watches it. */
  #told: ToldStream | undefined;
  #sentItems = 0;
  #phase: 'offered' | 'running' | 'over' = 'offered';
  #endCause: Error | undefined;

  /** @param source - an iterable, or a prepared stream. */
  constructor(owner: ProducedOwner, number: number, source: object, { outer, begun }: OfferPlace) {
    this.#owner = owner;
    this.number = number;
    this.root = outer?.root ?? number;
    this.place = outer && { root: outer.root, outer: outer.number, item: outer.sentItems };
    this.#lane = begun?.lane;
    this.#local = source instanceof LocalValueStream ? source : undefined;
    this.#source = itemsOf(source);
    if (this.#local === undefined) holdError(source);
    this.serializer = this.#local?.serializer ?? owner.environment.serializer;
    this.hooks = hooksOf(this.#local, outer);
    this.call = outer?.call;
    const { clock, limits } = owner.environment;
    this.leaseUntil = clock.now() + limits.promiseLeaseMs;
  }

  /** Whether the peer has not asked for it yet. */
  get isOffered(): boolean {
    return this.#phase === 'offered';
  }

  get isOver(): boolean {
    return this.#phase === 'over';
  }

  /** Users of `stream(…)` learn of a failure by its `whenSent`, if they have asked for that. */
  get telling(): Telling {
    if (this.#local?.sent.isAsked !== true) return 'never';
    if (this.#phase !== 'over') return 'pending';
    return this.#endCause === undefined ? 'never' : 'told';
  }

  get clock(): Clock {
    return this.#owner.environment.clock;
  }

  /** The number of items that were sent; undefined if it does not run. */
  get runningItems(): number | undefined {
    if (this.retained !== undefined) return this.retained.sentItems;
    return this.#phase === 'running' ? this.sentItems : undefined;
  }

  /** The object that was put into the value. */
  get given(): object {
    return this.#local ?? this.#source;
  }

  get sentItems(): number {
    return this.#sentItems;
  }

  /** Why it is over; undefined before, and if all items were sent. */
  get endCause(): Error | undefined {
    return this.#endCause;
  }

  /** The consumer wants the first item, over this segment. */
  start(segment: SinkSegment): void {
    this.#phase = 'running';
    try {
      this.#run(segment);
    } catch (error) {
      // The consumer must not wait for a producer that does not run.
      this.#endUnstarted(segment, error);
    }
  }

  /** Whether the consumer may go on with it on another lane, or begin there. */
  get canResume(): boolean {
    return this.retained !== undefined || this.isOffered;
  }

  /** The sending side, if the consumer can go on on another lane. */
  get retained(): AcknowledgedSink | undefined {
    return this.#acknowledged?.canResume === true ? this.#acknowledged : undefined;
  }

  /** The consumer goes on at this place, over this segment. */
  resume(segment: SinkSegment, point: ResumePoint): void {
    if (this.retained !== undefined) this.retained.resume(segment, point);
    else if (this.#isUnsent(point.acknowledged, point.taken)) this.start(segment);
    else segment.abort(tookUnsent(), 'remote');
  }

  /** The consumer has come so far. */
  onAck(acknowledged: number, taken: number): void {
    if (this.#acknowledged !== undefined) this.#acknowledged.onAck(acknowledged, taken);
    else if (this.canResume) this.#isUnsent(acknowledged, taken);
  }

  /** Whether the consumer has taken nothing of a stream that has not begun. It fails otherwise. */
  #isUnsent(acknowledged: number, taken: number): boolean {
    if (acknowledged === 0 && taken === 0) return true;
    this.lose(tookUnsent());
    return false;
  }

  #endUnstarted(segment: SinkSegment, error: unknown): void {
    if (this.#pump !== undefined) this.#pump.abort(error);
    else {
      if (this.#sink === undefined) segment.abort(error, 'local');
      else this.#sink.abort(error);
      this.#release();
      this.onEnd(toError(error), true);
    }
  }

  #run(segment: SinkSegment): void {
    const { environment, itemHandles, memory } = this.#owner;
    const hooks = this.#watch(segment);
    const setup = { environment, handles: itemHandles.within(this), hooks, stream: this, memory };
    const sink = openItemSink(segment, setup, this.serializer);
    this.#sink = sink;
    this.#acknowledged = acknowledgedOf(sink);
    if (this.#acknowledged !== undefined) this.#local?.track(this.#acknowledged.progress);
    const producer = producerOf(this.#source, environment.clock);
    // A real-time stream says itself when an item is sent.
    const moved = sink instanceof RealTimeSink ? withoutItems(this) : this;
    const pump = new Pump(producer, sink, hooks, moved);
    this.#pump = pump;
    // A lost connection ends the sink. A pump that waits for its producer's next item would not
    // notice.
    sink.ended.catch((error: unknown) => pump.cancel(error as Error));
    pump.start();
  }

  /** Tells the start, if somebody subscribes. The producer runs where subscribers have bound stores. */
  #watch({ id }: SinkSegment): ProducedHooks {
    const { hooks, number } = this;
    if (!areStreamsWatched()) return hooks;
    const event = valueEvent('producer', number, id, this.call?.event);
    const told = new ToldStream(event, hooks.run);
    this.#told = told;
    return { ...hooks, run: told.run, onUnacknowledged: () => told.onUnacknowledged() };
  }

  setCall(call: WatchedCall | undefined): void {
    this.call ??= call;
  }

  /** The consumer wants no more. */
  cancel({ reason, path }: Cancel): void {
    const cause = new CanceledError('stream', reason, 'remote', path);
    this.#sink?.cancel(cause);
    this.#abort(cause);
  }

  /** There is no consumer any more. */
  lose(cause: unknown): void {
    const error = lossOf(this.#acknowledged, cause);
    if (error !== undefined) this.#abort(error);
  }

  onPassed(): void {
    if (this.#lane !== undefined) this.start(this.#lane.openSink(this.number));
  }

  onUnsent(cause: Error): void {
    this.#abort(cause);
  }

  /** It is not offered after all: it will be offered again. */
  cancelOffer(): void {
    unclaimItems(this.#source);
  }

  setNaming(naming: Naming, cause?: unknown): void {
    if (naming !== 'refused') return;
    const end = endOfCall(cause, this.#owner.environment);
    this.abort(end);
    this.#owner.abortWithin(this.number, end);
  }

  abort(cause: unknown): void {
    const error = producersEnd(toError(cause), this.#acknowledged);
    this.#pump?.abort(error);
    this.#abort(error);
  }

  roomForItem(refusal: unknown): Promise<void> | undefined {
    return this.#owner.roomForItem(refusal);
  }

  onItem(): void {
    this.#owner.itemHandles.takeNamed();
    this.#local?.countItem();
    this.#sentItems++;
    // Items are sent only after the start, which sets the sink.
    this.#told?.onSent(this.#sentItems, this.#sink!.lastMessageBytes);
  }

  onSkipped(items: number): void {
    this.#local?.countSkipped(items);
  }

  onRestart(index: number): void {
    this.#sentItems = index;
    this.#owner.abortFrom(this.number, index, unsent());
  }

  onFailure(error: unknown): void {
    this.#pump?.abort(error);
  }

  #abort(cause: Error): void {
    if (this.#phase === 'over') return;
    const wasOffered = this.#phase === 'offered';
    this.#pump?.cancel(cause);
    if (wasOffered) this.#release();
    // Of a retained one all was sent, and not all was taken.
    if (wasOffered || this.retained !== undefined) this.onEnd(cause, false);
  }

  /** Lets go of a source that does not run. Its code runs in the context that the stream has. */
  #release(): void {
    this.hooks.run?.(() => releaseSource(this.#source));
  }

  /** Kept items can be asked for until the consumer has all. */
  #removeWhenTaken(): void {
    const remove = (): void => this.#owner.remove(this);
    if (this.#acknowledged?.ended.then(remove, remove) === undefined) remove();
  }

  onEnd(cause: Error | undefined, isOwn: boolean): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#endCause = cause;
    this.#removeWhenTaken();
    this.#told?.finish(this.#sink, cause);
    this.#local?.settle(cause);
    this.hooks.onEnd?.(cause);
    this.onOver?.(cause, isOwn);
  }
}
