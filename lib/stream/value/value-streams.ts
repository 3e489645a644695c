import { Alarm } from '../../base/alarm.ts';
import { UnderWay } from '../../base/under-way.ts';
import { type Cancel, decodeCancel } from '../../document/cancel-document.ts';
import { decodeError, encodeError } from '../../document/error-document.ts';
import type { Environment } from '../../settings/environment.ts';
import { ClosedError, RefusedError, StreamNotFoundError } from '../../errors/errors.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import { streamCancel } from '../lane/cancel-message.ts';
import type { Lane } from '../lane/lane.ts';
import type { SinkSegment } from '../lane/sink-segment.ts';
import type { SourceSegment } from '../lane/source-segment.ts';
import type { Leaks } from '../half/leaks.ts';
import type { Parent } from '../half/parent.ts';
import { Consumed } from './consumed.ts';
import { ItemHandles, type ItemStreams, type OuterStream } from './item-handles.ts';
import { LocalValueStream } from './local-value-stream.ts';
import { NestedStreams } from './nested-streams.ts';
import { Produced } from './produced.ts';
import type { ProducedHooks } from './produced-hooks.ts';
import { RemoteValueStream } from './remote-value-stream.ts';
import { Room } from './room.ts';

/** A lease is renewed so many times before it is over, and at least so often: the peer's may be shorter than ours. */
const RENEWALS_PER_LEASE = 3;
const MAX_RENEWAL_MS = 10_000;

/** Of numbers in one message, so that no limit on requests stands in its way. */
const RENEWALS_PER_MESSAGE = 1_024;

/** How this side gets lanes for value streams. */
export interface Lanes {
  /** The peer has offered the stream of that number; it may have been offered a lane for it. */
  claim(number: number): void;
  /** The segment of a stream that began on an offered lane and was never opened; undefined for any other. */
  unclaim(number: number): SourceSegment | undefined;
  /** A segment to read what the peer has offered; the producer is told. */
  consume(number: number): SourceSegment | Promise<SourceSegment>;
  /** The peer can't open what it was asked for. */
  refuse(number: number, error: Error): void;
  /** The peer wants one of our streams, and leaves it to us to open it. @throws at `maxChildren`. */
  produce(number: number): Promise<SinkSegment>;
  /** The peer's reader has taken the end of one of our streams. */
  settle(number: number): void;
  /** The idle lane of that id, which the peer has offered; undefined if there is none. */
  offered(id: bigint): Lane | undefined;
}

/**
 * The streams in the values of one connection: those that we have offered to the peer, and those
 * that it has offered to us, by number until they are over.
 */
export class ValueStreams implements ItemStreams {
  /** For the items of value streams, which may hold streams themselves. */
  readonly itemHandles: ItemHandles = new ItemHandles(this);
  readonly environment: Environment;
  readonly leaks: Leaks;
  readonly #parent: Parent;
  readonly #lanes: Lanes;
  readonly #underWay: UnderWay;
  readonly #produced = new Map<number, Produced>();
  readonly #nested = new NestedStreams();
  /** For items with streams. */
  readonly #room: Room;
  readonly #consumed = new Map<number, Consumed>();
  readonly #leaseAlarm: Alarm;
  readonly #renewAlarm: Alarm;
  /** The numbers that we choose for our own are even. */
  #lastNumber = 0;
  #onIdle: (() => void) | undefined;
  #end: { readonly cause: unknown } | undefined;

  /** @param underWay - counts the streams that we have promised and that are not over. */
  constructor(parent: Parent, lanes: Lanes, underWay: UnderWay = new UnderWay()) {
    this.#parent = parent;
    this.#lanes = lanes;
    this.#underWay = underWay;
    this.environment = parent.environment;
    this.leaks = parent.leaks;
    this.#leaseAlarm = new Alarm(parent.environment.clock);
    this.#renewAlarm = new Alarm(parent.environment.clock);
    this.#room = new Room({
      clock: parent.environment.clock,
      patienceMs: parent.environment.limits.promiseLeaseMs,
      canCome: (waiting) => this.#runningCount() > waiting,
    });
  }

  /** Streams that the peer has offered and that nobody has opened. */
  get consumedCount(): number {
    return this.#consumed.size;
  }

  /** Streams that we have offered and that are not over. */
  get producedCount(): number {
    return this.#produced.size;
  }

  /** Offers what can be iterated to the peer. @throws RefusedError at `maxPromised`, ClosedError when the connection is over. */
  offer(stream: object, outer?: OuterStream): Produced {
    const { maxPromised } = this.environment.limits;
    if (this.#end !== undefined) {
      throw new ClosedError('the connection is closed', 'transport', this.#end.cause);
    }
    if (this.#produced.size >= maxPromised) {
      throw new RefusedError(
        `${maxPromised} streams are promised, as many as limits.maxPromised allows`,
        { initiator: 'local', retryable: true },
      );
    }
    const offered =
      stream instanceof LocalValueStream ? this.#offered(stream.hooks.offer) : undefined;
    const produced = new Produced(this, {
      number: offered?.number ?? (this.#lastNumber += 2),
      source: stream,
      defaultSerializer: this.#parent.defaultSerializer,
      lane: offered?.lane,
      outer,
    });
    this.#produced.set(produced.number, produced);
    this.#underWay.enter();
    this.#nested.add(produced);
    if (!this.#leaseAlarm.isSet) this.#watchLeases();
    return produced;
  }

  /**
   * What the peer has offered, with what its reader gets.
   *
   * @throws StreamNotFoundError for a number that is in use, RefusedError above `maxPromised`.
   */
  accept(number: number, serializer: Serializer): { consumed: Consumed; stream: object } {
    const { maxPromised } = this.environment.limits;
    if (this.#consumed.size >= maxPromised) {
      throw new RefusedError(
        `the peer has promised ${maxPromised} streams, as many as limits.maxPromised allows`,
        { initiator: 'remote' },
      );
    }
    if (this.#consumed.has(number)) {
      throw new StreamNotFoundError(`stream ${number} was promised before`, 'remote');
    }
    const consumed = new Consumed(this, number, serializer);
    this.#consumed.set(number, consumed);
    this.#lanes.claim(number);
    if (this.#end !== undefined) consumed.lose(this.#end.cause);
    else if (!this.#renewAlarm.isSet) this.#planRenewal();
    return {
      consumed,
      stream: new RemoteValueStream(consumed, this.environment.clock, this.leaks),
    };
  }

  roomForItem(refusal: unknown): Promise<void> | undefined {
    const own = this.itemHandles.takeNamed();
    // Whoever waits for room makes none.
    const others = this.#produced.size - own.length - this.#room.waiting - 1;
    if (!(refusal instanceof RefusedError) || others <= 0) {
      for (const produced of own) produced.onUnsent();
      return undefined;
    }
    for (const { number } of own) this.#remove(number);
    return this.#room.wait(this.#nobodyReads());
  }

  open(number: number): SourceSegment | Promise<SourceSegment> {
    return this.#lanes.consume(number);
  }

  release(number: number, reason: unknown): void {
    if (this.#end !== undefined) return;
    const begun = this.#lanes.unclaim(number);
    if (begun !== undefined) begun.cancelSource(reason);
    else this.#parent.tellPeer(streamCancel(number, reason, this.environment));
  }

  forget(stream: Produced | Consumed): void {
    if (stream instanceof Consumed) {
      this.#consumed.delete(stream.number);
      return;
    }
    this.#remove(stream.number);
    this.#room.free();
    if (this.#produced.size === 0) this.#onIdle?.();
  }

  /** The stream that the peer wants to read now, if there still is one. */
  take(number: number): Produced | undefined {
    const produced = this.#produced.get(number);
    return produced?.isOffered === true ? produced : undefined;
  }

  /** Calls back once all that we have offered is over. */
  whenIdle(onIdle: () => void): void {
    this.#onIdle = onIdle;
  }

  /** The peer says something about a value stream; false if the message is about something else. */
  onMainMessage(message: MainMessage): boolean {
    switch (message.kind) {
      case 'stream-open':
        void this.#produce(message.number);
        return true;
      case 'stream-refused':
        this.#lanes.refuse(message.number, decodeError(message.reason));
        return true;
      case 'stream-cancel':
        this.#onCancel(message.number, decodeCancel(message.reason));
        return true;
      case 'stream-taken':
        this.#lanes.settle(message.number);
        return true;
      case 'streams-renew':
        this.#renewLeases(message.numbers);
        return true;
      default:
        return false;
    }
  }

  /** The connection is over: nobody can ask for a stream any more. */
  end(cause: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { cause };
    this.#leaseAlarm.clear();
    this.#renewAlarm.clear();
    for (const produced of this.#produced.values()) produced.lose(cause);
    for (const consumed of this.#consumed.values()) consumed.lose(cause);
  }

  /** The offer, if it can be made use of. What clients choose is odd. */
  #offered(offer: ProducedHooks['offer']): { number: number; lane: Lane } | undefined {
    if (offer === undefined || offer.number % 2 === 0 || this.#produced.has(offer.number)) {
      return undefined;
    }
    const lane = this.#lanes.offered(offer.lane);
    return lane && { number: offer.number, lane };
  }

  async #produce(number: number): Promise<void> {
    if (this.take(number) === undefined) {
      this.#refuse(number, notFound(number));
      return;
    }
    try {
      const segment = await this.#lanes.produce(number);
      const produced = this.take(number);
      if (produced === undefined) segment.abort(notFound(number), 'local');
      else produced.start(segment);
    } catch (error) {
      this.#produced.get(number)?.lose(error);
      this.#refuse(number, error);
    }
  }

  #onCancel(number: number, cancel: Cancel): void {
    this.#produced.get(number)?.cancel(cancel);
    if (cancel.takenItems === undefined) return;
    for (const nested of this.#nested.untaken(number, cancel.takenItems)) nested.cancel(cancel);
  }

  #remove(number: number): void {
    const produced = this.#produced.get(number);
    if (produced === undefined) return;
    this.#nested.remove(produced);
    this.#produced.delete(number);
    this.#underWay.leave();
  }

  #runningCount(): number {
    let running = 0;
    for (const { isOffered } of this.#produced.values()) if (!isOffered) running++;
    return running;
  }

  #nobodyReads(): RefusedError {
    const { maxPromised, promiseLeaseMs } = this.environment.limits;
    return new RefusedError(
      `${maxPromised} streams are promised, as many as limits.maxPromised allows, and none was read for ${promiseLeaseMs} ms`,
      { initiator: 'remote', scope: 'stream', retryable: true },
    );
  }

  #refuse(number: number, error: unknown): void {
    if (this.#end !== undefined) return;
    this.#parent.tellPeer({ kind: 'stream-refused', number, reason: encodeError(error) });
  }

  #renewLeases(numbers: readonly number[]): void {
    const { clock, limits } = this.environment;
    const leaseUntil = clock.now() + limits.promiseLeaseMs;
    for (const number of numbers) {
      const produced = this.#produced.get(number);
      if (produced !== undefined) produced.leaseUntil = leaseUntil;
    }
  }

  #watchLeases(): void {
    const { limits } = this.environment;
    this.#leaseAlarm.set(limits.promiseLeaseMs, () => {
      this.#endLeases();
      if (this.#produced.size > 0) this.#watchLeases();
    });
  }

  #endLeases(): void {
    const now = this.environment.clock.now();
    for (const produced of this.#produced.values()) {
      if (produced.isOffered && produced.leaseUntil <= now) {
        produced.lose(new StreamNotFoundError('nobody wanted the stream in time', 'remote'));
      }
    }
  }

  #planRenewal(): void {
    const { promiseLeaseMs } = this.environment.limits;
    const everyMs = Math.min(promiseLeaseMs / RENEWALS_PER_LEASE, MAX_RENEWAL_MS);
    this.#renewAlarm.set(everyMs, () => {
      const numbers = [...this.#consumed.keys()];
      if (numbers.length === 0) return;
      for (let at = 0; at < numbers.length; at += RENEWALS_PER_MESSAGE) {
        const some = numbers.slice(at, at + RENEWALS_PER_MESSAGE);
        this.#parent.tellPeer({ kind: 'streams-renew', numbers: some });
      }
      this.#planRenewal();
    });
  }
}

function notFound(number: number): StreamNotFoundError {
  return new StreamNotFoundError(`stream ${number} is not promised, or is over`, 'remote');
}
