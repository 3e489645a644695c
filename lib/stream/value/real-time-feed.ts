import { InFlight } from '../resume/in-flight.ts';
import { type CanSkipTo, UnsentItems } from '../resume/unsent-items.ts';
import type { RealTimeLane } from './real-time-lane.ts';

/**
 * So much may wait beyond the window; the bytes are counted by the average of what was sent. A source
 * that could give any number of items would otherwise be asked for them all the time.
 */
const UNSENT_ITEMS = 1_024;
const UNSENT_BYTES = 4_194_304;

/** The stream that the items belong to. */
export interface FedSink {
  /** As `PumpedStream.roomForItem`. */
  roomForItem(refusal: unknown): Promise<void> | undefined;
  /** An item was sent. */
  onItem(): void;
  /** Items are left out: those that wait, and so many that were sent on a lane that is lost. */
  onSkipped(waiting: readonly unknown[], lost: number): void;
  /** An item can't be sent. */
  onRefused(error: unknown): void;
  /** There may be room for more. */
  onRoom(): void;
}

/**
 * The items of a real-time stream on their way to the lane that it has now: those that wait, and those
 * in flight.
 */
export class RealTimeFeed {
  readonly #owner: FedSink;
  readonly #unsent: UnsentItems;
  readonly #inFlight = new InFlight();
  /** The lane that it has, or had last. */
  #lane: RealTimeLane | undefined;
  /** Set while nothing may be sent: the lane has no room, or the next item lacks some. */
  #blocked: Promise<void> | undefined;
  #isTurnSpent = false;
  #isSending = false;
  #nextIndex = 0;
  #highestIndex = 0;
  #addedItems = 0;
  #sentItems = 0;
  #sentBytes = 0;
  #skipped = 0;

  constructor(canSkipTo: CanSkipTo, owner: FedSink) {
    this.#unsent = new UnsentItems(canSkipTo);
    this.#owner = owner;
  }

  /** The lane that it has, or had last; undefined before the first one. */
  get lane(): RealTimeLane | undefined {
    return this.#lane;
  }

  /** Whether the lane is lost. */
  get isAway(): boolean {
    return this.#lane?.isOpen !== true;
  }

  /** The highest position that the consumer can have: what was sent on a lost lane may be taken. */
  get highestIndex(): number {
    return this.#highestIndex;
  }

  /** The position of the next item. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /** Items that came from the source. */
  get addedItems(): number {
    return this.#addedItems;
  }

  get sentItems(): number {
    return this.#sentItems;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Items that were left out so far. */
  get skipped(): number {
    return this.#skipped;
  }

  get isEmpty(): boolean {
    return this.#unsent.size === 0;
  }

  /** Whether so many items wait that the producer should wait too. */
  get isFull(): boolean {
    const { size } = this.#unsent;
    if (size >= UNSENT_ITEMS) return true;
    return this.#sentItems > 0 && (size * this.#sentBytes) / this.#sentItems >= UNSENT_BYTES;
  }

  /** Set while the time of this turn of the loop is spent: settles in the next one, never rejects. */
  get turn(): Promise<void> | undefined {
    return this.#isTurnSpent ? this.#blocked : undefined;
  }

  /** Goes on on this lane. */
  attach(lane: RealTimeLane): void {
    this.#lane = lane;
    this.#blocked = undefined;
    this.#isTurnSpent = false;
  }

  /** Takes an item. @throws as `canSkipTo`. */
  add(item: unknown): void {
    this.#addedItems++;
    if (this.#unsent.add(item)) this.send();
    else this.#skip([item]);
  }

  /** The consumer has come so far. @throws as `canSkipTo`. */
  acknowledge(index: number): void {
    this.#inFlight.acknowledge(index);
    this.#skip(this.#unsent.collapse());
    this.send();
  }

  /**
   * The consumer has come so far, and its lane is lost. The next item is one to skip to.
   *
   * @param taken - what was sent from this index on is left out: the next item gets this index.
   */
  restart(acknowledged: number, taken: number): void {
    this.#inFlight.acknowledge(acknowledged);
    this.#inFlight.restart(taken);
    const lost = Math.max(0, this.#nextIndex - taken);
    this.#nextIndex = taken;
    this.#skip(this.#unsent.drain(), lost);
  }

  /** Sends what there is room for. */
  send(): void {
    const lane = this.#lane;
    if (lane === undefined || this.#isSending) return;
    this.#isSending = true;
    try {
      while (this.#canSendOn(lane)) this.#sendFirst(lane);
    } finally {
      this.#isSending = false;
    }
  }

  /** Takes back what waits. */
  clear(): readonly unknown[] {
    return this.#unsent.clear();
  }

  #canSendOn(lane: RealTimeLane): boolean {
    if (this.isEmpty || !this.#inFlight.hasRoom) return false;
    return this.#blocked === undefined && lane === this.#lane && lane.isOpen;
  }

  #sendFirst(lane: RealTimeLane): void {
    let room = lane.tellSkipped(this.#skipped);
    if (room !== undefined) {
      this.#block(room, false);
      return;
    }
    try {
      room = lane.send(this.#unsent.first);
    } catch (error) {
      // The value's own code may have ended the stream.
      if (lane.isOpen) this.#onRefused(error);
      return;
    }
    const bytes = lane.lastItemBytes;
    this.#unsent.shift();
    this.#inFlight.add(bytes);
    this.#sentItems++;
    this.#sentBytes += bytes;
    this.#highestIndex = Math.max(this.#highestIndex, ++this.#nextIndex);
    this.#owner.onItem();
    if (room !== undefined) this.#block(room, !lane.isFull);
  }

  /** The first item can't be sent: for now, or at all. */
  #onRefused(error: unknown): void {
    const waiting = this.#owner.roomForItem(error);
    if (waiting === undefined) this.#owner.onRefused(error);
    else {
      this.#block(waiting, false);
      waiting.catch((reason: unknown) => this.#owner.onRefused(reason));
    }
  }

  #block(until: Promise<void>, isTurn: boolean): void {
    const blocked = until.then(
      () => {
        if (this.#blocked !== blocked) return;
        this.#blocked = undefined;
        this.#isTurnSpent = false;
        this.#owner.onRoom();
      },
      // The lane is lost, which is noticed elsewhere.
      () => {},
    );
    this.#blocked = blocked;
    this.#isTurnSpent = isTurn;
  }

  #skip(waiting: readonly unknown[], lost = 0): void {
    if (waiting.length + lost === 0) return;
    this.#skipped += waiting.length + lost;
    this.#owner.onSkipped(waiting, lost);
  }
}
