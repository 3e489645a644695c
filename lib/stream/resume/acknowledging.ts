import { MisuseError, OptionError } from '../../errors/errors.ts';
import { shownValue } from '../../base/shown-value.ts';
import type { TakenPositions } from './taken-positions.ts';

/** How the reader of a stream acknowledges its items. */
export type AckMode = 'auto' | 'manual';

/** A stream that is read, and of which the producer is told what the reader is done with. */
export interface AcknowledgedReading {
  readonly positions: TakenPositions;
  /** Whether the end was taken, and not all is acknowledged. */
  readonly isSettling: boolean;
  /** Called when nothing is left to be told. */
  onOver: (() => void) | undefined;
  /** The reader asks for the next item. */
  onAsk(): void;
  /** The reader is done with so many items. */
  acknowledge(items: number): void;
}

/** The word of a stream's reader about the items that it is done with. */
export class Acknowledging {
  #mode: AckMode = 'auto';
  /** Set when a stream is open that may be resumable. */
  #reading: AcknowledgedReading | undefined;
  /** Items that the reader has said to be done with. */
  #items = 0;

  get mode(): AckMode {
    return this.#mode;
  }

  /** Whether the producer wishes that the reader acknowledges by itself, as far as is known. */
  get isManualWished(): boolean {
    return this.#reading?.positions.terms?.isManual === true;
  }

  /** Whether the end was read, and not all is acknowledged. */
  get isSettling(): boolean {
    return this.#reading?.isSettling === true;
  }

  /** @throws MisuseError if an item is acknowledged, OptionError for anything else than a mode. */
  setMode(mode: AckMode): void {
    if (mode !== 'auto' && mode !== 'manual') {
      throw new OptionError('ack', `must be 'auto' or 'manual', not ${shownValue(mode)}`);
    }
    if (mode === this.#mode) return;
    if (Math.max(this.#items, this.#reading?.positions.acknowledged ?? 0) > 0) {
      throw new MisuseError('set ack before any item is acknowledged', 'stream');
    }
    this.#mode = mode;
    this.#reading?.positions.setManual(mode === 'manual');
  }

  /** The stream is open, and can be resumed unless its producer says otherwise. */
  begin(
    half: { listener: Pick<AcknowledgedReading, 'onAsk'> | undefined },
    reading: AcknowledgedReading,
  ): void {
    this.#reading = reading;
    if (this.#mode === 'manual') reading.positions.setManual(true);
    half.listener = reading;
    reading.onOver = () => (half.listener = undefined);
  }

  /** @throws MisuseError unless the reader acknowledges by itself, OptionError for more than it has. */
  acknowledge(upTo: number, receivedItems: number): void {
    if (this.#mode !== 'manual') {
      throw new MisuseError("the stream acknowledges by itself; set ack to 'manual'", 'stream');
    }
    if (!Number.isSafeInteger(upTo) || upTo < 0 || upTo > receivedItems) {
      const problem = `must be a whole number from 0 to the ${receivedItems} items that were read`;
      throw new OptionError('upTo', `${problem}, not ${shownValue(upTo)}`);
    }
    this.#items = Math.max(upTo, this.#items);
    this.#reading?.acknowledge(upTo);
  }

  acknowledgedItems(receivedItems: number): number {
    const positions = this.#reading?.positions;
    if (positions?.terms !== undefined) return positions.acknowledged;
    return this.#mode === 'manual' ? this.#items : receivedItems;
  }
}
