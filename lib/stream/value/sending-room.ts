import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import type { SinkSegment } from '../lane/sink-segment.ts';
import type { KeptMemory, RoomSeeker } from '../resume/kept-memory.ts';
import { AckWatch } from './ack-watch.ts';
import { RetainedMeter } from './retained-meter.ts';

/** The stream of a {@link SendingRoom}. */
interface Sending {
  /** Whether it has to wait: for its window, or for the memory of its session. */
  readonly isFull: boolean;
  /** Nothing is acknowledged for long, while there is a lane. Called once. */
  onSilent(): void;
}

/** Where the producer of a resumable stream waits while its window is full, or its session's memory. */
export class SendingRoom implements RoomSeeker {
  /** The reasons of its waits. */
  readonly meter: RetainedMeter;
  readonly #memory: KeptMemory;
  readonly #stream: Sending;
  readonly #watch: AckWatch;
  /** Set while the producer waits. */
  #room: Deferred | undefined;

  /** @param memory - that of the stream's session. */
  constructor(clock: Clock, memory: KeptMemory, stream: Sending) {
    this.meter = new RetainedMeter(clock);
    this.#memory = memory;
    this.#stream = stream;
    this.#watch = new AckWatch(clock, () => stream.onSilent());
  }

  get isAwaited(): boolean {
    return this.#room !== undefined;
  }

  /** Resolves when there is room; rejects when the stream is over. */
  wait(hasLane: boolean): Promise<void> {
    this.#room ??= new Deferred();
    if (this.#memory.isFull) this.#memory.wait(this);
    if (hasLane) this.onLane();
    else this.meter.setWaiting('network');
    return this.#room.promise;
  }

  /** There is a lane: only the consumer keeps the producer waiting. */
  onLane(): void {
    if (this.#room === undefined) return;
    this.meter.setWaiting('reader');
    this.#watch.start();
  }

  /** The lane is lost. */
  onParted(): void {
    this.#watch.clear();
    if (this.#room !== undefined) this.meter.setWaiting('network');
  }

  /** The consumer has come further. @param hasAcknowledged - it is done with more, and there is a lane. */
  onMoved(hasAcknowledged: boolean): void {
    if (this.#room === undefined) return;
    if (!this.#stream.isFull) {
      this.#open(this.#room);
      return;
    }
    if (this.#memory.isFull) this.#memory.wait(this);
    if (hasAcknowledged) this.onLane();
  }

  onRoom(): void {
    this.onMoved(false);
  }

  /** The stream is over. */
  end(error: Error | undefined): void {
    this.meter.end();
    this.#watch.clear();
    this.#memory.leave(this);
    if (error !== undefined) this.#room?.reject(error);
  }

  #open(room: Deferred): void {
    this.#watch.clear();
    this.#memory.leave(this);
    this.meter.setWaiting(undefined);
    room.resolve();
    this.#room = undefined;
  }
}

/** Warns of a consumer for which the window has been full for too long, though there is a lane. */
export function warnOfSilence(segment: SinkSegment, items: number): void {
  const { environment, name } = segment.parent;
  const text = `the window of ${segment.streamName} is full, and its consumer has acknowledged none of ${items} items for 30 s`;
  environment.log.write('warn', name, text);
}
