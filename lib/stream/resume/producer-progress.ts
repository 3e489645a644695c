import type { Clock } from '../../base/clock.ts';
import { promiseOf } from '../../base/promise-of.ts';
import { MinRtt } from './min-rtt.ts';

/** Learns of the progress of a stream that is acknowledged. Its errors change nothing. */
export interface ProgressListener {
  /** So many items are acknowledged. */
  readonly onAckProcessed?: ((acknowledgedItems: number) => void) | undefined;
  /** So many items were taken over from the source. */
  readonly onBuffered?: ((items: number) => void) | undefined;
}

/** An item: its way to the consumer and back is measured. */
interface Probe {
  readonly endIndex: number;
  readonly sentAt: number;
}

/** The progress of a stream that is acknowledged at its producer, for the user's code. */
export class ProducerProgress {
  readonly #clock: Clock;
  readonly #listener: ProgressListener;
  readonly #rtt = new MinRtt();
  #probe: Probe | undefined;
  #sent = 0;
  #acknowledged = 0;
  #resent = 0;

  constructor(clock: Clock, listener: ProgressListener = {}) {
    this.#clock = clock;
    this.#listener = listener;
  }

  get acknowledgedItems(): number {
    return this.#acknowledged;
  }

  /** Items that were sent again, because their lane was lost before the consumer took them. */
  get resentItems(): number {
    return this.#resent;
  }

  /** Milliseconds; -1 if nothing was measured within 20 s. */
  get minRttMs(): number {
    return this.#rtt.at(this.#clock.now());
  }

  onBuffered(items: number): void {
    tell(this.#listener.onBuffered, items);
  }

  /**
   * The lane has got the items up to this index. One item at a time is measured.
   *
   * @param resent - the number of items that were sent again so far.
   */
  onSent(endIndex: number, resent: number): void {
    this.#resent = resent;
    if (endIndex <= this.#sent) return;
    this.#probe ??= { endIndex: this.#sent + 1, sentAt: this.#clock.now() };
    this.#sent = endIndex;
  }

  /** The consumer is done with so many items. */
  onAck(acknowledged: number): void {
    if (acknowledged === this.#acknowledged) return;
    this.#acknowledged = acknowledged;
    if (this.#probe !== undefined && this.#probe.endIndex <= acknowledged) {
      const now = this.#clock.now();
      this.#rtt.add(now, now - this.#probe.sentAt);
      this.#probe = undefined;
    }
    tell(this.#listener.onAckProcessed, acknowledged);
  }

  /** The lane is lost: the time until the next one measures nothing. */
  onParted(): void {
    this.#probe = undefined;
  }

  /** There is another lane, and the consumer is done with so many items. */
  onResume(acknowledged: number): void {
    this.onParted();
    this.onAck(acknowledged);
  }
}

function tell(listener: ((items: number) => void) | undefined, items: number): void {
  if (listener === undefined) return;
  try {
    const told: unknown = listener(items);
    promiseOf(told)?.catch(() => {});
  } catch {
    // The stream goes on.
  }
}
