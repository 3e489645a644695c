import type { Clock } from '../../base/clock.ts';
import type { FrameInput } from '../../connection/link/frame-input.ts';
import type { Link } from '../../connection/link/link.ts';
import type { StreamFigures, StreamWait } from '../../diagnostics/stream-figures.ts';

/** The connection that a source reads from. */
export interface MeteredConnection {
  readonly link: Pick<Link, 'receivedBytes' | 'isPaused' | 'pausedMs'>;
  readonly input: Pick<FrameInput<unknown>, 'heldBytes'>;
}

/** The counts when the source ended: its connection may carry other streams afterwards. */
interface SourceEnd {
  readonly bytes: number;
  readonly readerMs: number;
  readonly at: number;
}

/**
 * The progress of a source, and the reasons of its waits. The link of its connection counts bytes,
 * and the time in which it was not read; the link of a lane has counted for other sources before.
 * The meter reads the clock when a reader begins or ceases to wait, never for a message that is
 * there.
 */
export class SourceMeter {
  readonly #connection: MeteredConnection;
  readonly #clock: Clock;
  readonly #openedAt: number;
  #link: MeteredConnection['link'];
  /** Bytes of the link that belong to others; below 0 if earlier links have brought some. */
  #bytesBefore: number;
  #pausedMsBefore: number;
  #producerMs = 0;
  /** The time since when a reader waits; undefined while none does. */
  #waitingSince: number | undefined;
  #end: SourceEnd | undefined;

  constructor(connection: MeteredConnection, clock: Clock) {
    const { input, link } = connection;
    this.#connection = connection;
    this.#clock = clock;
    this.#link = link;
    this.#openedAt = clock.now();
    // Received and unread bytes belong to this source.
    this.#bytesBefore = link.receivedBytes - input.heldBytes;
    this.#pausedMsBefore = link.pausedMs;
  }

  /** The source goes on on another link. What it had before still counts. */
  move(): void {
    const before = this.#link;
    const { input, link } = this.#connection;
    this.#bytesBefore += link.receivedBytes - input.heldBytes - before.receivedBytes;
    this.#pausedMsBefore += link.pausedMs - before.pausedMs;
    this.#link = link;
  }

  /** A reader begins to wait, or no reader waits any more. */
  setWaiting(isWaiting: boolean): void {
    const now = this.#clock.now();
    if (this.#waitingSince !== undefined) this.#producerMs += now - this.#waitingSince;
    this.#waitingSince = isWaiting ? now : undefined;
  }

  /** The end of the source was read, or the source has failed. */
  end(): void {
    const { input, link } = this.#connection;
    this.#end ??= {
      // Bytes that came after the end do not belong to this source.
      bytes: link.receivedBytes - input.heldBytes - this.#bytesBefore,
      readerMs: link.pausedMs - this.#pausedMsBefore,
      at: this.#clock.now(),
    };
  }

  /** @param items - the number of messages that were read. */
  figures(items: number, budgetBytes: number): StreamFigures {
    const { input, link } = this.#connection;
    const now = this.#end?.at ?? this.#clock.now();
    const waitingSince = this.#waitingSince ?? now;
    return {
      items,
      bytes: this.#end?.bytes ?? link.receivedBytes - this.#bytesBefore,
      bufferedBytes: this.#end === undefined ? input.heldBytes : 0,
      budgetBytes,
      ageMs: now - this.#openedAt,
      waitsFor: this.#waitsFor,
      waitedMs: {
        producer: this.#producerMs + now - waitingSince,
        budget: 0,
        network: 0,
        reader: this.#end?.readerMs ?? link.pausedMs - this.#pausedMsBefore,
      },
    };
  }

  get #waitsFor(): StreamWait | undefined {
    if (this.#end !== undefined) return undefined;
    if (this.#waitingSince !== undefined) return 'producer';
    return this.#connection.link.isPaused ? 'reader' : undefined;
  }
}
