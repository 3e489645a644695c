import type { Clock } from '../../base/clock.ts';
import type { FrameWriter } from '../../connection/link/frame-writer.ts';
import type { StreamFigures, StreamWait } from '../../diagnostics/stream-figures.ts';

/** How long the senders of a writer have waited for room. */
interface RoomMs {
  readonly budgetMs: number;
  readonly networkMs: number;
}

/** The counts of the writer when the sink ended. */
interface SinkEnd extends RoomMs {
  readonly bytes: number;
  readonly at: number;
}

/** For writers without any waits, as most writers are. */
const NO_ROOM_MS: RoomMs = Object.freeze({ budgetMs: 0, networkMs: 0 });

/** The part of a writer that the meter reads. */
type MeteredWriter = Pick<FrameWriter, 'sentBytes' | 'bufferedBytes' | 'waits'>;

/**
 * The progress of a sink, and the reasons of its waits. The writer of its connection counts; the
 * writer of a lane has counted for other sinks before. Senders that wait for room wait for the
 * budget or the network. All other time until the end of stream counts as the producer's, so that a
 * message costs no look at the clock.
 */
export class SinkMeter {
  readonly #writer: MeteredWriter;
  readonly #clock: Clock;
  readonly #openedAt: number;
  readonly #bytesBefore: number;
  readonly #before: RoomMs;
  /** Set when the sink ends: from then on the writer may count for others. */
  #end: SinkEnd | undefined;
  /** The time when the kernel had taken the end of stream. */
  #drainedAt: number | undefined;

  constructor(writer: MeteredWriter, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
    this.#openedAt = clock.now();
    this.#bytesBefore = bytesOf(writer);
    this.#before = roomMsOf(writer);
  }

  /** End of stream was written, or the sink has failed. */
  end(): void {
    if (this.#end !== undefined) return;
    const { budgetMs, networkMs } = roomMsOf(this.#writer);
    this.#end = { bytes: bytesOf(this.#writer), at: this.#clock.now(), budgetMs, networkMs };
  }

  /** The kernel has taken the end of stream. */
  onDrained(): void {
    this.#drainedAt = this.#clock.now();
  }

  /** @param items - the number of messages that were sent. */
  figures(items: number, budgetBytes: number): StreamFigures {
    const now = this.#clock.now();
    const endedAt = this.#end?.at ?? now;
    const drainedAt = this.#drainedAt ?? now;
    const { budgetMs, networkMs } = this.#end ?? roomMsOf(this.#writer);
    const budget = budgetMs - this.#before.budgetMs;
    const room = networkMs - this.#before.networkMs;
    return {
      items,
      bytes: (this.#end?.bytes ?? bytesOf(this.#writer)) - this.#bytesBefore,
      bufferedBytes: this.#drainedAt === undefined ? this.#writer.bufferedBytes : 0,
      budgetBytes,
      ageMs: now - this.#openedAt,
      waitsFor: this.#waitsFor,
      waitedMs: {
        producer: endedAt - this.#openedAt - budget - room,
        budget,
        network: room + drainedAt - endedAt,
        reader: now - drainedAt,
      },
    };
  }

  get #waitsFor(): StreamWait {
    if (this.#end === undefined) return this.#writer.waits?.waitsFor ?? 'producer';
    return this.#drainedAt === undefined ? 'network' : 'reader';
  }
}

function bytesOf({ sentBytes, bufferedBytes }: MeteredWriter): number {
  return sentBytes + bufferedBytes;
}

function roomMsOf({ waits }: MeteredWriter): RoomMs {
  if (waits === undefined) return NO_ROOM_MS;
  const { budgetMs, networkMs } = waits;
  return { budgetMs, networkMs };
}
