import type { Clock, Timer } from '../../base/clock.ts';
import type { FrameWriter } from '../../connection/link/frame-writer.ts';
import type { RequestHeader } from '../../wire/request-frame.ts';
import type { MemoryBudget, ResourceLimits } from './admission.ts';

/** Asks for admission. One of its two methods is called, once for each request. */
export interface GateListener {
  /** @param cost - to be returned with `release` when the request is over. */
  onGranted(cost: number): void;
  onRefused(text: string): void;
}

/**
 * Admits the requests of one connection, one after the other. A request needs room for replies, a
 * free place and memory. A request that waits too long is refused, so that the connection does not
 * stand still.
 */
export class Gate {
  readonly #clock: Clock;
  readonly #memory: MemoryBudget;
  readonly #resources: ResourceLimits;
  readonly #writer: FrameWriter;
  #inFlight = 0;
  /**
   * Called when a place becomes free. At most one request waits, because requests come in order.
   */
  #onPlace: (() => void) | undefined;
  #placeTimer: Timer | undefined;
  #withdrawMemory: (() => void) | undefined;
  #isWithdrawn = false;

  /**
   * @param writer - writes the replies: while a client does not take them, its requests are not
   *   read.
   */
  constructor(clock: Clock, memory: MemoryBudget, resources: ResourceLimits, writer: FrameWriter) {
    this.#clock = clock;
    this.#memory = memory;
    this.#resources = resources;
    this.#writer = writer;
  }

  /** Requests that were admitted and not released. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Asks for admission of one request. Returns true if the listener was called already; otherwise
   * it is called later.
   *
   * @param isMainMessage - whether it is a main message. A main message costs nothing and waits for
   *   no place, because it may be the message that frees one.
   */
  ask(header: RequestHeader, listener: GateListener, isMainMessage = false): boolean {
    const { maxMemoryBytes } = this.#resources;
    const cost = isMainMessage ? 0 : this.#memory.costOf(header.payloadBytes);
    if (cost > maxMemoryBytes) {
      listener.onRefused(
        `request size ${cost} larger than memory limit ${maxMemoryBytes}, verb ${header.verb}`,
      );
      return true;
    }
    const room = this.#writer.isFull ? this.#writer.room() : undefined;
    if (room === undefined) return this.#enter(cost, listener, isMainMessage);
    room.then(
      () => {
        if (!this.#isWithdrawn) this.#enter(cost, listener, isMainMessage);
      },
      () => {},
    );
    return false;
  }

  /** A request is over. */
  release(cost: number): void {
    this.#inFlight--;
    this.#memory.give(cost);
    this.#onPlace?.();
  }

  /** Nobody waits any more. */
  cancel(): void {
    this.#isWithdrawn = true;
    this.#onPlace = undefined;
    this.#placeTimer?.cancel();
    this.#withdrawMemory?.();
  }

  #enter(cost: number, listener: GateListener, isMainMessage: boolean): boolean {
    if (!isMainMessage) return this.#askPlace(cost, listener);
    this.#grant(cost, listener);
    return true;
  }

  #askPlace(cost: number, listener: GateListener): boolean {
    const { maxInFlight, memoryWaitMs } = this.#resources;
    if (this.#inFlight < maxInFlight) return this.#askMemory(cost, listener);
    this.#onPlace = () => {
      this.#endWaitForPlace();
      this.#askMemory(cost, listener);
    };
    if (memoryWaitMs !== Infinity) {
      this.#placeTimer = this.#clock.setTimeout(() => {
        this.#endWaitForPlace();
        listener.onRefused(
          `${this.#inFlight} requests are in progress, as many as maxInFlight allows`,
        );
      }, memoryWaitMs);
    }
    return false;
  }

  #endWaitForPlace(): void {
    this.#onPlace = undefined;
    this.#placeTimer?.cancel();
  }

  #askMemory(cost: number, listener: GateListener): boolean {
    if (this.#memory.tryTake(cost)) {
      this.#grant(cost, listener);
      return true;
    }
    this.#withdrawMemory = this.#memory.wait(
      cost,
      () => this.#grant(cost, listener),
      () =>
        listener.onRefused(
          `no memory for a request of ${cost} within ${this.#resources.memoryWaitMs} ms (memoryWaitMs)`,
        ),
    );
    return false;
  }

  #grant(cost: number, listener: GateListener): void {
    this.#inFlight++;
    listener.onGranted(cost);
  }
}
