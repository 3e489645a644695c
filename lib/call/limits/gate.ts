import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';
import type { FrameWriter } from '../../connection/link/frame-writer.ts';
import type { RequestHeader } from '../../wire/request-frame.ts';
import type { MemoryBudget, MemoryUse, ResourceLimits } from './admission.ts';

/** A request that is read so soon behind a refused one has waited behind it. */
const STUCK_MS = 100;

/** Refuses a request. @param wait - says how long it has waited. */
type Refuse = (wait: string) => void;

/** Asks for admission. One of its two methods is called, once for each request. */
export interface GateListener {
  /** What has come of the request may be kept. */
  onGranted(): void;
  /** @param isRetryable - whether another try may succeed. */
  onRefused(text: string, isRetryable: boolean): void;
}

/**
 * Admits one client's requests one after the other: there must be room for replies, a free place
 * and memory. A request that waits too long is refused, so that the connection does not stand still.
 *
 * Memory is charged as a request comes, for what was announced may never come.
 *
 *     none --ask--> waiting --room and a place--> coming --deliver--> in flight --release--> none
 *                      \                          \
 *                       `--refused, cancel----------`--> none
 */
export class Gate {
  readonly #clock: Clock;
  readonly #memory: MemoryBudget;
  readonly #resources: ResourceLimits;
  #writer: FrameWriter;
  #inFlight = 0;
  /** Memory that the requests of this connection have. */
  #usedBytes = 0;
  /** Whether a request is coming. It has a place, and memory for what has come of it. */
  #isComing = false;
  /** What it will cost when it is whole, and what it was charged. */
  #cost = 0;
  #chargedBytes = 0;
  /** Called when a request is over; at most one waits for that, as they come in order. */
  #onRelease: (() => void) | undefined;
  readonly #patience: Alarm;
  /** Up to then, requests that find no place are those behind one that has waited in vain. */
  #stuckUntil = -Infinity;
  #withdrawMemory: (() => void) | undefined;
  #isWithdrawn = false;

  /**
   * @param writer - writes the replies: while a client does not take them, its requests are not
   *   read.
   */
  constructor(clock: Clock, memory: MemoryBudget, resources: ResourceLimits, writer: FrameWriter) {
    this.#clock = clock;
    this.#patience = new Alarm(clock);
    this.#memory = memory;
    this.#resources = resources;
    this.#writer = writer;
  }

  /** Requests that were admitted and not released, and the one that is coming. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether the request that is coming was charged for as a whole. */
  get isWhole(): boolean {
    return this.#chargedBytes === this.#cost;
  }

  /**
   * Asks for admission of one request. Returns true if the listener was called already; otherwise
   * it is called later.
   *
   * @param comeBytes - how many bytes of its payload have come.
   * @param isMainMessage - whether it is a main message, which costs nothing and waits for no place:
   *   it may be what makes one free.
   */
  ask(
    header: RequestHeader,
    comeBytes: number,
    listener: GateListener,
    isMainMessage = false,
  ): boolean {
    const { maxMemoryBytes } = this.#resources;
    const cost = isMainMessage ? 0 : this.#memory.costOf(header.payloadBytes);
    if (cost > maxMemoryBytes) {
      const text = `request size ${cost} larger than memory limit ${maxMemoryBytes}, verb ${header.verb}`;
      listener.onRefused(text, false);
      return true;
    }
    this.#cost = cost;
    this.#chargedBytes = 0;
    const writer = this.#writer;
    const room = writer.isFull ? writer.room() : undefined;
    if (room === undefined) return this.#enter(comeBytes, listener, isMainMessage);
    room.then(
      () => {
        if (!this.#isWithdrawn && this.#writer === writer)
          this.#enter(comeBytes, listener, isMainMessage);
      },
      () => {},
    );
    return false;
  }

  /** More of the request has come. Returns as `ask`. */
  charge(comeBytes: number, listener: GateListener): boolean {
    const comeCost = Math.ceil(this.#memory.costOf(comeBytes));
    const bytes = Math.min(comeCost, this.#cost) - this.#chargedBytes;
    if (bytes <= 0) {
      listener.onGranted();
      return true;
    }
    if (this.#isShareTaken(bytes)) {
      return this.#waitForRelease(
        () => !this.#isShareTaken(bytes),
        () => this.#chargeMemory(bytes, listener),
        (wait) => this.#refuse(listener, this.#shareText(wait)),
      );
    }
    return this.#chargeMemory(bytes, listener);
  }

  /** The request is whole. What it costs is to be given back with `release` when it is over. */
  deliver(): number {
    this.#isComing = false;
    return this.#cost;
  }

  /** A request is over. */
  release(cost: number): void {
    this.#stuckUntil = -Infinity;
    this.#giveBack(cost, cost);
    this.#onRelease?.();
  }

  /** The client has another connection. What its earlier requests take is still counted. */
  attach(writer: FrameWriter): void {
    this.#writer = writer;
    this.#isWithdrawn = false;
    this.#stuckUntil = -Infinity;
  }

  /** No more requests come, and nobody waits any more. */
  cancel(): void {
    this.#isWithdrawn = true;
    this.#endWait();
    this.#withdrawMemory?.();
    this.#abortComing();
  }

  #enter(comeBytes: number, listener: GateListener, isMainMessage: boolean): boolean {
    if (!isMainMessage && this.#inFlight >= this.#resources.maxInFlight) {
      return this.#waitForRelease(
        () => true,
        () => this.#begin(comeBytes, listener),
        () => listener.onRefused(this.#placesText(), true),
      );
    }
    return this.#begin(comeBytes, listener);
  }

  #begin(comeBytes: number, listener: GateListener): boolean {
    this.#isComing = true;
    this.#inFlight++;
    return this.charge(comeBytes, listener);
  }

  #chargeMemory(bytes: number, listener: GateListener): boolean {
    if (this.#memory.isSmall(this.#cost)) return this.#take(bytes, 'small', listener);
    if (this.#chargedBytes === 0) return this.#take(bytes, 'part', listener);
    if (!this.#memory.tryTake(bytes, 'part')) {
      return this.#take(this.#cost - this.#chargedBytes, 'rest', listener);
    }
    this.#grant(bytes, listener);
    return true;
  }

  /** Takes memory now, or waits for it. */
  #take(bytes: number, use: MemoryUse, listener: GateListener): boolean {
    if (this.#memory.tryTake(bytes, use)) {
      this.#grant(bytes, listener);
      return true;
    }
    const refuse: Refuse = (wait) => this.#refuse(listener, this.#memoryText(wait));
    if (this.#isRefusedWithLast(refuse)) return true;
    this.#withdrawMemory = this.#memory.wait(
      bytes,
      () => this.#grant(bytes, listener),
      () => this.#refuseLast(refuse, 'within'),
      use,
    );
    return false;
  }

  #grant(bytes: number, listener: GateListener): void {
    const isRest = bytes === this.#cost - this.#chargedBytes;
    this.#chargedBytes = isRest ? this.#cost : this.#chargedBytes + bytes;
    this.#usedBytes += bytes;
    listener.onGranted();
  }

  #refuse(listener: GateListener, text: string): void {
    this.#abortComing();
    listener.onRefused(text, true);
  }

  /** Gives back what the request has that is coming, if one is. */
  #abortComing(): void {
    if (!this.#isComing) return;
    this.#isComing = false;
    this.#giveBack(this.#chargedBytes, this.#cost);
  }

  #giveBack(bytes: number, cost: number): void {
    this.#inFlight--;
    this.#usedBytes -= bytes;
    this.#memory.give(bytes, this.#memory.isSmall(cost));
  }

  /** Whether this connection's other requests leave no room for more of this one. */
  #isShareTaken(bytes: number): boolean {
    if (this.#inFlight === 1) return false;
    return this.#usedBytes + bytes > this.#resources.maxConnectionMemoryBytes;
  }

  /** Waits, unless it lies behind one that has waited in vain. Returns as `ask`. */
  #waitForRelease(isEnough: () => boolean, goOn: () => void, refuse: Refuse): boolean {
    if (this.#isRefusedWithLast(refuse)) return true;
    this.#onRelease = () => {
      if (!isEnough()) return;
      this.#endWait();
      goOn();
    };
    const { memoryWaitMs } = this.#resources;
    if (memoryWaitMs === Infinity) return false;
    this.#patience.set(memoryWaitMs, () => {
      this.#endWait();
      this.#refuseLast(refuse, 'within');
    });
    return false;
  }

  /**
   * Refuses one that begins behind a request that has waited in vain: it has waited too, and what follows
   * may be a cancel that makes room. Returns whether it does.
   */
  #isRefusedWithLast(refuse: Refuse): boolean {
    if (this.#chargedBytes > 0 || this.#clock.now() >= this.#stuckUntil) return false;
    this.#refuseLast(refuse, 'behind one that waited');
    return true;
  }

  #refuseLast(refuse: Refuse, how: string): void {
    this.#stuckUntil = this.#clock.now() + STUCK_MS;
    refuse(` ${how} ${this.#resources.memoryWaitMs} ms (memoryWaitMs)`);
  }

  #endWait(): void {
    this.#onRelease = undefined;
    this.#patience.clear();
  }

  #placesText(): string {
    return `${this.#inFlight} requests are in progress, as many as maxInFlight allows`;
  }

  #shareText(wait: string): string {
    const { maxConnectionMemoryBytes } = this.#resources;
    return `no memory for a request of ${this.#cost}${wait}: the other requests of its connection take ${this.#usedBytes} of ${maxConnectionMemoryBytes} bytes (maxConnectionMemoryBytes)`;
  }

  #memoryText(wait: string): string {
    const { maxMemoryBytes } = this.#resources;
    return `no memory for a request of ${this.#cost}${wait}: requests take ${this.#memory.usedBytes} of ${maxMemoryBytes} bytes (maxMemoryBytes)`;
  }
}
