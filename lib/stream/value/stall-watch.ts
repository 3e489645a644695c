import type { Environment } from '../../settings/environment.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import { CarrierWatch } from '../half/carrier-watch.ts';
import type { SourceSegment } from '../lane/source-segment.ts';

/** The main connection, and our own streams, of which the peer may ask. */
export interface StallPort {
  tellPeer(message: MainMessage): void;
  /** The number of items that were sent of a stream of ours; undefined if it does not run. */
  sentItems(number: number): number | undefined;
}

/** Finds streams in values whose lane stands still though the main connection lives. */
export class StallWatch {
  readonly #carriers: CarrierWatch<number, SourceSegment>;

  constructor(environment: Environment, port: StallPort) {
    this.#carriers = new CarrierWatch(environment, {
      ask: (numbers) => port.tellPeer({ kind: 'streams-progress', numbers }),
      answer: (counts) => port.tellPeer({ kind: 'streams-sent', numbers: counts.flat() }),
      sentMessages: (number) => port.sentItems(number),
      lose: (segment, cause) => segment.lose(cause),
    });
  }

  /** A stream of the peer's is open. */
  watch(segment: SourceSegment): void {
    this.#carriers.watch(segment.number, segment);
  }

  /** The stream of that number is over. */
  unwatch(number: number): void {
    this.#carriers.unwatch(number);
  }

  /** The number of streams of the peer's that are open. */
  get size(): number {
    return this.#carriers.size;
  }

  /** The numbers of those with items that were not read yet. */
  unread(): readonly number[] {
    return this.#carriers.unread();
  }

  /** The session is over: there is nobody to ask. */
  end(): void {
    this.#carriers.end();
  }

  /** Handles a message about the progress of streams. Returns false for any other message. */
  onMainMessage(message: MainMessage): boolean {
    if (message.kind === 'streams-progress') this.#carriers.onQuestion(message.numbers);
    else if (message.kind === 'streams-sent') this.#onAnswer(message.numbers);
    else return false;
    return true;
  }

  #onAnswer(numbers: readonly number[]): void {
    for (let at = 0; at + 1 < numbers.length; at += 2) {
      // `at` and the place behind it are within `numbers`.
      this.#carriers.onAnswer(numbers[at]!, numbers[at + 1]!);
    }
  }
}
