import type { UnderWay } from '../../base/under-way.ts';
import type { Cancel } from '../../document/cancel-document.ts';
import { onAllUnsent } from '../half/named-stream.ts';
import { RefusedError } from '../../errors/errors.ts';
import { isInstance } from '../../errors/foreign.ts';
import type { Acks } from '../../wire/acks.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { Environment } from '../../settings/environment.ts';
import type { KeptMemory } from '../resume/kept-memory.ts';
import type { ItemHandles } from './item-handles.ts';
import { NestedStreams } from './nested-streams.ts';
import { OfferLeases } from './offer-leases.ts';
import { failedInPlaceOf } from './local-value-stream.ts';
import { claimItems } from './one-shot.ts';
import { Produced } from './produced.ts';
import type { OfferPlace, ProducedOwner } from './produced-owner.ts';
import { itemsOf } from './produced-source.ts';
import { Room } from './room.ts';

/** From this share of `maxPromised` on, values are looked at before they are encoded. */
const NEARLY_FULL_SHARE = 1 / 8;

/** The streams that we have offered to the peer, by number until they are over. */
export class Offers implements ProducedOwner {
  readonly environment: Environment;
  readonly itemHandles: ItemHandles;
  readonly memory: KeptMemory;
  readonly #byNumber = new Map<number, Produced>();
  readonly #nested = new NestedStreams();
  /** Streams of values that were not received, by the objects that were put there. */
  readonly #again = new Map<object, Produced>();
  /** Where items with streams wait until more streams may be offered. */
  readonly #room: Room;
  readonly #leases: OfferLeases;
  /** The numbers that we choose for our own streams are even. */
  #lastNumber = 0;
  /** Counts the offered streams while there is a connection. */
  #underWay: UnderWay | undefined;
  /** The error of everything that is refused while there is no room. */
  #refusal: RefusedError | undefined;

  /**
   * @param itemHandles - the handles of streams in the items of streams.
   * @param memory - counts what they keep.
   */
  constructor(environment: Environment, itemHandles: ItemHandles, memory: KeptMemory) {
    this.environment = environment;
    this.itemHandles = itemHandles;
    this.memory = memory;
    const isUntaken = (produced: Produced): boolean => this.#isUntaken(produced);
    this.#leases = new OfferLeases(environment, this.#byNumber, this.#nested, isUntaken);
    const { clock, limits } = environment;
    this.#room = new Room(clock, limits.promiseLeaseMs, {
      hasRoom: (streams) => this.#byNumber.size + streams <= limits.maxPromised,
      canCome: (waiting) => this.#runningCount() > waiting,
    });
  }

  /** The number of streams that are not over. */
  get size(): number {
    return this.#byNumber.size;
  }

  /** A connection is there. It may be kept until all offered streams are over. */
  attach(underWay: UnderWay | undefined): void {
    this.#underWay = underWay;
    for (let count = this.size; count > 0; count--) underWay?.enter();
    this.#leases.resume();
  }

  /** The connection is gone. */
  detach(): void {
    for (let count = this.size; count > 0; count--) this.#underWay?.leave();
    this.#underWay = undefined;
    this.#leases.pause();
  }

  /**
   * Looks at a value that is to be encoded, where there is little room for its streams.
   *
   * @throws RefusedError if it holds more than may be offered.
   */
  checkRoomFor(serializer: Serializer, tuple: unknown[]): void {
    const { maxPromised } = this.environment.limits;
    if (this.#byNumber.size <= maxPromised * NEARLY_FULL_SHARE) return;
    const count = serializer.streamsIn?.(tuple).length ?? 0;
    if (count > 0) this.#checkRoom(count);
  }

  /** A value that holds these streams is sent once more: they keep their numbers. */
  offerAgain(streams: readonly Produced[]): void {
    for (const produced of streams) this.#again.set(produced.given, produced);
  }

  /** Offers an iterable. @throws RefusedError at `maxPromised`. */
  add(source: object, place: OfferPlace): Produced {
    const before = this.#again.get(source);
    if (before !== undefined) {
      this.#again.delete(source);
      if (!before.isOver) return before;
    }
    this.#checkRoom(1);
    const number = place.begun?.number ?? (this.#lastNumber += 2);
    const produced = new Produced(this, number, this.#usable(source), place);
    this.#byNumber.set(produced.number, produced);
    this.#underWay?.enter();
    this.#nested.add(produced);
    this.#leases.watch();
    return produced;
  }

  /** The stream with this number, unless it is over. */
  get(number: number): Produced | undefined {
    return this.#byNumber.get(number);
  }

  /** The stream that the peer wants to read now; undefined if it is over or runs already. */
  take(number: number): Produced | undefined {
    const produced = this.#byNumber.get(number);
    return produced?.isOffered === true ? produced : undefined;
  }

  /** The stream that the peer may go on with; undefined if it is over, or can't be resumed. */
  find(number: number): Produced | undefined {
    const produced = this.#byNumber.get(number);
    return produced?.canResume === true ? produced : undefined;
  }

  /** The peer has come so far with these streams. */
  onAcks(acks: Acks): void {
    for (let at = 0; at < acks.count; at++) {
      const produced = this.#byNumber.get(acks.numberAt(at));
      produced?.onAck(acks.acknowledgedAt(at), acks.takenAt(at));
    }
  }

  /** The peer may still open these streams. */
  renew(numbers: readonly number[]): void {
    this.#leases.renew(numbers);
  }

  /**
   * Whether the item that holds a stream may not have been taken: the peer can't ask for the stream
   * then.
   */
  #isUntaken({ place }: Produced): boolean {
    if (place === undefined) return false;
    const retained = this.#byNumber.get(place.outer)?.retained;
    return retained !== undefined && retained.positions.taken <= place.item;
  }

  /** Whether a cancel of this number ends anything: the stream, or streams in its items. */
  isConcerned(number: number): boolean {
    return this.#byNumber.has(number) || this.#nested.has(number);
  }

  /**
   * The peer's reader wants no more. It will never know the streams in items that it has not taken.
   */
  cancel(number: number, cancel: Cancel): void {
    this.#byNumber.get(number)?.cancel(cancel);
    if (cancel.takenItems === undefined) return;
    for (const nested of this.#nested.takeUntaken(number, cancel.takenItems)) nested.cancel(cancel);
  }

  abortFrom(number: number, item: number, cause: Error): void {
    for (const nested of this.#nested.takeFrom(number, item)) nested.abort(cause);
  }

  abortWithin(number: number, cause: Error): void {
    for (const nested of this.#nested.takeRootedIn(number)) nested.abort(cause);
  }

  /** No peer will read any of the streams. */
  lose(cause: unknown): void {
    this.#leases.pause();
    for (const produced of this.#byNumber.values()) produced.lose(cause);
  }

  roomForItem(refusal: unknown): Promise<void> | undefined {
    const own = this.itemHandles.takeNamed();
    // Streams that wait for room make no room.
    const others = this.#byNumber.size - own.length - this.#room.waiting - 1;
    if (!isInstance(refusal, RefusedError) || others <= 0) {
      onAllUnsent(own);
      return undefined;
    }
    for (const { number } of own) {
      this.#byNumber.get(number)?.cancelOffer();
      this.#remove(number);
    }
    return this.#room.wait(own.length + 1, () => this.#nobodyReads());
  }

  remove({ number }: Produced): void {
    this.#remove(number);
    this.#room.free();
  }

  /**
   * The stream, or one that fails in its place: a second reader of items that are given once would
   * get a part of them and a clean end. The first goes on.
   */
  #usable(stream: object): object {
    try {
      claimItems(itemsOf(stream));
      return stream;
    } catch (error) {
      this.environment.log.write('error', '', (error as Error).message);
      return failedInPlaceOf(stream, error);
    }
  }

  /** @throws RefusedError unless so many more may be offered. */
  #checkRoom(count: number): void {
    if (this.#byNumber.size + count <= this.environment.limits.maxPromised) return;
    this.#refusal ??= this.#makeRefusal();
    throw this.#refusal;
  }

  #makeRefusal(): RefusedError {
    const { maxPromised } = this.environment.limits;
    return new RefusedError(
      `${maxPromised} streams are promised, as many as limits.maxPromised allows`,
      { initiator: 'local', retryable: true },
    );
  }

  #remove(number: number): void {
    const produced = this.#byNumber.get(number);
    if (produced === undefined) return;
    this.#refusal = undefined;
    this.#nested.remove(produced);
    this.#byNumber.delete(number);
    this.#underWay?.leave();
  }

  #runningCount(): number {
    let running = 0;
    for (const { isOffered } of this.#byNumber.values()) if (!isOffered) running++;
    return running;
  }

  #nobodyReads(): RefusedError {
    const { maxPromised, promiseLeaseMs } = this.environment.limits;
    return new RefusedError(
      `${maxPromised} streams are promised, as many as limits.maxPromised allows, and none was read for ${promiseLeaseMs} ms`,
      { initiator: 'remote', scope: 'stream', retryable: true },
    );
  }
}
