import type { UnderWay } from '../../base/under-way.ts';
import { decodeCancel } from '../../document/cancel-document.ts';
import { decodeStreamError } from '../../document/error-document.ts';
import { ClosedError, RefusedError, StreamNotFoundError } from '../../errors/errors.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { Environment } from '../../settings/environment.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { Leaks } from '../half/leaks.ts';
import type { Parent } from '../half/parent.ts';
import { streamCancel } from '../lane/cancel-message.ts';
import type { AcceptingLanes, DialingLanes, Lanes, OfferNumbers } from '../lane/lanes.ts';
import type { SourceSegment } from '../lane/source-segment.ts';
import { KeptMemory } from '../resume/kept-memory.ts';
import { Consumed } from './consumed.ts';
import type { ConsumedOwner } from './consumed-owner.ts';
import { ItemHandles, type ItemStreams, type OuterStream } from './item-handles.ts';
import { LeaseRenewal } from './lease-renewal.ts';
import { LocalValueStream } from './local-value-stream.ts';
import { Offers } from './offers.ts';
import { Openings } from './openings.ts';
import type { Produced } from './produced.ts';
import type { OfferPlace } from './produced-owner.ts';
import { StallWatch } from './stall-watch.ts';
import { ResumedReadings } from './resumed-readings.ts';
import { RemoteValueStream } from './remote-value-stream.ts';
import { StreamRequests } from './stream-requests.ts';

/** The main connection that value streams travel with. */
export interface ValueStreamsPort {
  /** Sends messages to the peer. */
  readonly peer: Pick<Parent, 'tellPeer'>;
  readonly lanes: Lanes;
  /** Whether both ends can go on with a stream on another lane. */
  readonly canResume?: boolean;
  /** Counts the streams that we have offered and that are not over. */
  readonly produced?: UnderWay | undefined;
  /** Counts the streams that the peer has offered and that nobody has opened. */
  readonly consumed?: UnderWay | undefined;
  /** Counts the streams that are read, can go on, and have no lane now. */
  readonly waiting?: UnderWay | undefined;
}

/**
 * The streams in the values of one session: those that we have offered to the peer, and those that
 * the peer has offered to us, by number until they are over. They travel with one main connection
 * at a time.
 *
 *     detached --attach--> attached --detach--> detached
 *        \                    \
 *         `--end--> over       `--end--> over
 *
 * Between two connections no messages about them are sent, leases stand still, and a reader that
 * wants its first item waits.
 */
export class ValueStreams implements ItemStreams, ConsumedOwner, OfferNumbers {
  /** Handles for the items of value streams, which may hold streams themselves. */
  readonly itemHandles: ItemHandles = new ItemHandles(this);
  readonly environment: Environment;
  readonly leaks: Leaks;
  readonly stalls: StallWatch;
  readonly readings: ResumedReadings;
  readonly memory: KeptMemory;
  /**
   * Keeps messages for the next connection while there is none. Undefined where none will come: then
   * nothing is offered between two connections.
   */
  awayPeer: Pick<Parent, 'tellPeer'> | undefined;
  readonly #offers: Offers;
  /** Streams that the peer has offered and nobody has opened. */
  readonly #consumed = new Map<number, Consumed>();
  readonly #openings: Openings;
  readonly #requests: StreamRequests;
  readonly #renewal: LeaseRenewal;
  /** Whether the last connection was one on which streams can be resumed. */
  #canResume = false;
  /** Set while they are attached. */
  #port: ValueStreamsPort | undefined;
  /** The numbers that a client chooses for streams of its server are odd. */
  #lastOfferNumber = -1;
  #end: { readonly cause: unknown } | undefined;

  constructor(environment: Environment, leaks: Leaks) {
    this.environment = environment;
    this.leaks = leaks;
    this.memory = new KeptMemory(environment.limits.sessionRetainBytes);
    this.#offers = new Offers(environment, this.itemHandles, this.memory);
    const tellPeer = (message: MainMessage): void => this.#port?.peer.tellPeer(message);
    const asking = { tellPeer, canResume: (): boolean => this.#canResume };
    this.#requests = new StreamRequests(this.#offers, asking);
    this.readings = new ResumedReadings(environment, (message) => this.awayPeer?.tellPeer(message));
    this.#openings = new Openings(environment.clock, (number) => this.#consumed.has(number));
    this.stalls = new StallWatch(environment, {
      tellPeer,
      sentItems: (number) => this.#offers.get(number)?.runningItems,
    });
    this.#renewal = new LeaseRenewal(environment, this.#consumed, this.stalls, tellPeer);
  }

  /** Whether streams may be offered, and taken. */
  get isUsable(): boolean {
    return this.#port !== undefined || (this.awayPeer !== undefined && this.#end === undefined);
  }

  /** Whether neither side has a stream that is not over. */
  get isEmpty(): boolean {
    return this.#consumed.size === 0 && this.#offers.size === 0 && this.readings.isEmpty;
  }

  /** The number of streams that the peer has offered and that nobody has opened. */
  get consumedCount(): number {
    return this.#consumed.size;
  }

  /** The number of streams that we have offered and that are not over. */
  get producedCount(): number {
    return this.#offers.size;
  }

  /** The streams travel with this connection from now on. They keep their numbers. */
  attach(port: ValueStreamsPort): void {
    if (this.#end !== undefined) return;
    this.detach();
    this.#port = port;
    this.#canResume = port.canResume === true;
    this.#offers.attach(port.produced);
    for (let count = this.#consumed.size; count > 0; count--) port.consumed?.enter();
    this.#renewal.start();
    this.readings.attach(port);
    this.#openings.attach(port);
  }

  /** The streams do not travel with the connection any more. Running streams stay on its lanes. */
  detach(): void {
    const port = this.#port;
    if (port === undefined) return;
    this.#port = undefined;
    this.#openings.detach();
    this.readings.detach();
    this.#offers.detach();
    for (let count = this.#consumed.size; count > 0; count--) port.consumed?.leave();
    this.#renewal.end();
  }

  /** The session is over: nobody can ask for a stream any more. */
  end(cause: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { cause };
    this.#renewal.end();
    this.stalls.end();
    this.#openings.end(cause);
    this.#offers.lose(cause);
    this.readings.end(cause);
    for (const consumed of this.#consumed.values()) consumed.lose(cause);
  }

  /**
   * Looks at a value that is to be encoded, where there is little room for its streams. Encoding it in
   * vain would cost more than sending it.
   *
   * @throws RefusedError if it holds more streams than may be promised. Nothing was made of it.
   */
  checkRoom(serializer: Serializer, tuple: unknown[]): void {
    this.#offers.checkRoomFor(serializer, tuple);
  }

  /** A value that holds these streams is sent once more: they keep their numbers. */
  offerAgain(streams: readonly Produced[]): void {
    this.#offers.offerAgain(streams);
  }

  /**
   * Offers an iterable to the peer.
   *
   * @throws RefusedError at `maxPromised`, ClosedError when the session is over.
   */
  offer(stream: object, outer?: OuterStream): Produced {
    if (this.#end !== undefined) {
      throw new ClosedError('the connection is closed', 'transport', this.#end.cause);
    }
    return this.#offers.add(stream, { outer, begun: this.#beginningOf(stream) });
  }

  /**
   * Takes a stream that the peer has offered, and makes the object for its reader.
   *
   * @throws StreamNotFoundError for a number that is in use, RefusedError above `maxPromised`.
   */
  accept(number: number, serializer: Serializer): { consumed: Consumed; stream: object } {
    const { clock, limits } = this.environment;
    if (this.#consumed.size >= limits.maxPromised) {
      throw new RefusedError(
        `the peer has promised ${limits.maxPromised} streams, as many as limits.maxPromised allows`,
        { initiator: 'remote' },
      );
    }
    if (this.#consumed.has(number)) {
      throw new StreamNotFoundError(`stream ${number} was promised before`, 'remote');
    }
    const consumed = new Consumed(this, number, serializer);
    this.#consumed.set(number, consumed);
    this.#port?.consumed?.enter();
    this.#dialing?.claim(number);
    if (this.#end !== undefined) consumed.lose(this.#end.cause);
    else if (this.#port !== undefined) this.#renewal.start();
    return { consumed, stream: new RemoteValueStream(consumed, clock, this.leaks) };
  }

  open(number: number): SourceSegment | Promise<SourceSegment> {
    return this.#openings.open(number);
  }

  release(number: number, reason: unknown): void {
    if (this.#end !== undefined) return;
    const begun = this.#dialing?.unclaim(number);
    if (begun !== undefined) {
      begun.cancelSource(reason);
      return;
    }
    const peer = this.#port?.peer ?? this.awayPeer;
    peer?.tellPeer(streamCancel(number, reason, this.environment));
    this.#accepting?.release(number);
  }

  remove({ number }: Consumed): void {
    if (this.#consumed.delete(number)) this.#port?.consumed?.leave();
  }

  takeOfferNumber(): number {
    return (this.#lastOfferNumber += 2);
  }

  /** The stream that the peer wants to read now; undefined if it is over or runs already. */
  take(number: number): Produced | undefined {
    return this.#offers.take(number);
  }

  /** The stream that the peer wants to go on with; undefined if it is over, or can't be resumed. */
  find(number: number): Produced | undefined {
    return this.#offers.find(number);
  }

  /** Handles a message of the peer about a value stream. Returns false for any other message. */
  onMainMessage(message: MainMessage): boolean {
    switch (message.kind) {
      case 'stream-open':
        void this.#requests.open(message.number, this.#dialing);
        return true;
      case 'stream-resume':
        void this.#requests.resume(message, this.#dialing);
        return true;
      case 'stream-ack':
        this.#offers.onAcks(message.acks);
        return true;
      case 'stream-done':
        this.#offers.get(message.number)?.retained?.onDone();
        return true;
      case 'stream-parted':
        this.#accepting?.part(message.number, message.attempt);
        return true;
      case 'stream-refused':
        if (this.#accepting?.isAwaited(message.number) === true) {
          this.#accepting.refuse(message.number, decodeStreamError(message.reason));
        }
        return true;
      case 'stream-cancel':
        // Documents that nobody needs are not read.
        if (this.#offers.isConcerned(message.number)) {
          this.#offers.cancel(message.number, decodeCancel(message.reason));
        }
        return true;
      case 'stream-taken':
        this.#dialing?.settle(message.number);
        return true;
      case 'streams-renew':
        this.#offers.renew(message.numbers);
        return true;
      default:
        return this.stalls.onMainMessage(message);
    }
  }

  get #dialing(): DialingLanes | undefined {
    const lanes = this.#port?.lanes;
    return lanes?.role === 'dialing' ? lanes : undefined;
  }

  get #accepting(): AcceptingLanes | undefined {
    const lanes = this.#port?.lanes;
    return lanes?.role === 'accepting' ? lanes : undefined;
  }

  /** The lane that the peer has offered for a stream, if it can be used. Clients' numbers are odd. */
  #beginningOf(stream: object): OfferPlace['begun'] {
    const offer = stream instanceof LocalValueStream ? stream.hooks.offer : undefined;
    if (offer === undefined || offer.number % 2 === 0) return undefined;
    if (this.#offers.get(offer.number) !== undefined) return undefined;
    const lane = this.#accepting?.offered(offer.lane);
    return lane && { number: offer.number, lane };
  }
}
