import type { Clock } from '../../base/clock.ts';
import { TurnEnd } from '../../base/turn-end.ts';
import type { AckBatch } from '../../wire/acks.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { TakenPositions } from './taken-positions.ts';

/**
 * Acknowledgements of one message. Its bytes are used again, so it must be small enough to be copied into
 * the connection's memory.
 */
const MAX_ACKS_AT_ONCE = 512;

/** A reading that has come further than its producer knows. */
interface ToldReading {
  readonly positions: TakenPositions;
  /** The positions are on their way to the producer. */
  onTold(): void;
}

/** The connection that acknowledgements go out on. */
interface AckPort<R> {
  /** Whether there is one. */
  isAttached(): boolean;
  /** Adds the positions of a reading to the message. */
  add(batch: AckBatch, reading: R): void;
  tellPeer(message: MainMessage): void;
}

/** Acknowledgements of many streams: those of one turn of the loop go out together. */
export class PlannedAcks<R extends ToldReading> {
  readonly #turnEnd: TurnEnd;
  readonly #port: AckPort<R>;
  readonly #batch: AckBatch;
  readonly #waiting = new Set<R>();

  constructor(clock: Clock, batch: AckBatch, port: AckPort<R>) {
    this.#turnEnd = new TurnEnd(clock, () => this.#flush());
    this.#batch = batch;
    this.#port = port;
  }

  /** Tells the producer how far the reading has come: soon, with those of other streams. */
  plan(reading: R): void {
    this.#waiting.add(reading);
    this.#turnEnd.plan();
  }

  /** The reading is over. */
  remove(reading: R): void {
    this.#waiting.delete(reading);
  }

  #flush(): void {
    const port = this.#port;
    for (const reading of this.#waiting) {
      // A resume tells the positions that are not told while there is no connection.
      if (!port.isAttached()) break;
      port.add(this.#batch, reading);
      reading.onTold();
      if (this.#batch.count === MAX_ACKS_AT_ONCE) port.tellPeer(this.#batch.take());
    }
    this.#waiting.clear();
    if (this.#batch.count > 0) port.tellPeer(this.#batch.take());
  }
}
