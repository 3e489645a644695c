import type { Clock } from '../../base/clock.ts';
import type { FrameInput } from '../../connection/link/frame-input.ts';
import type { Link } from '../../connection/link/link.ts';
import type { StreamFigures, StreamWait } from '../../diagnostics/stream-figures.ts';

/** The connection that a source reads from. */
export interface MeteredConnection {
  readonly link: Pick<Link, 'receivedBytes' | 'isPaused' | 'pausedMs'>;
  readonly input: Pick<FrameInput<unknown>, 'heldBytes'>;
}

/** The counts of a source when it ended: its connection may carry others then. */
interface SourceEnd {
  readonly bytes: number;
  readonly readerMs: number;
  readonly at: number;
}

/**
 * How far a source has come, and what it has waited for. Its connection's link counts bytes, and for how
 * long it was not read; a lane's has counted for other sources before. The clock is read when a reader
 * begins or ceases to wait, never for a message that has come.
 */
export class SourceMeter {
  readonly #connection: MeteredConnection;
  readonly #clock: Clock;
  readonly #openedAt: number;
  readonly #bytesBefore: number;
  readonly #pausedMsBefore: number;
  #producerMs = 0;
  /** Since when a reader waits; undefined while none does. */
  #waitingSince: number | undefined;
  #end: SourceEnd | undefined;

  constructor(connection: MeteredConnection, clock: Clock) {
    const { input, link } = connection;
    this.#connection = connection;
    this.#clock = clock;
    this.#openedAt = clock.now();
    // Bytes that have come and were not read are the source's.
    this.#bytesBefore = link.receivedBytes - input.heldBytes;
    this.#pausedMsBefore = link.pausedMs;
  }

  /** A reader waits from now on, or none does any more. */
  setWaiting(isWaiting: boolean): void {
    const now = this.#clock.now();
    if (this.#waitingSince !== undefined) this.#producerMs += now - this.#waitingSince;
    this.#waitingSince = isWaiting ? now : undefined;
  }

  /** Its end was read, or it has failed. */
  end(): void {
    const { input, link } = this.#connection;
    this.#end ??= {
      // Bytes that have come behind the end are not the source's.
      bytes: link.receivedBytes - input.heldBytes - this.#bytesBefore,
      readerMs: link.pausedMs - this.#pausedMsBefore,
      at: this.#clock.now(),
    };
  }

  /** @param items - messages that were read so far. */
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
