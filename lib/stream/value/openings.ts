import { Deferred } from '../../base/deferred.ts';
import type { Clock } from '../../base/clock.ts';
import type { Lanes } from '../lane/lanes.ts';
import type { SourceSegment } from '../lane/source-segment.ts';
import { isCutOff } from './cut-off.ts';

/** How often a lane is tried again for a stream that has not begun. */
const MAX_FAILURES = 5;

/** The delay of each further try grows by so much. */
const DELAY_MS = 100;

/** The connection with the lanes. */
interface OpeningPort {
  readonly lanes: Lanes;
  /** Whether a stream may be asked for again. */
  readonly canResume?: boolean;
}

/**
 * Opens the streams of the peer. Where streams can be resumed, a lane that is cut off before its stream
 * has begun is tried again.
 */
export class Openings {
  readonly #clock: Clock;
  readonly #isWanted: (number: number) => boolean;
  #port: OpeningPort | undefined;
  /** Whether there will be no connection any more. */
  #isOver = false;
  /** Set while somebody waits for a connection. */
  #attached: Deferred | undefined;

  /** @param isWanted - whether somebody still waits for the stream. */
  constructor(clock: Clock, isWanted: (number: number) => boolean) {
    this.#clock = clock;
    this.#isWanted = isWanted;
  }

  attach(port: OpeningPort): void {
    this.#port = port;
    this.#attached?.resolve();
    this.#attached = undefined;
  }

  detach(): void {
    this.#port = undefined;
  }

  /** There will be no connection any more. */
  end(cause: unknown): void {
    this.#isOver = true;
    this.#port = undefined;
    this.#attached?.reject(cause);
  }

  /** Opens the stream, once there is a connection. */
  open(number: number): SourceSegment | Promise<SourceSegment> {
    const port = this.#port;
    if (port === undefined) {
      this.#attached ??= new Deferred();
      return this.#attached.promise.then(() => this.open(number));
    }
    const opened = port.lanes.consume(number);
    if (port.canResume !== true || !(opened instanceof Promise)) return opened;
    return this.#again(number, opened);
  }

  async #again(number: number, first: Promise<SourceSegment>): Promise<SourceSegment> {
    let opened: SourceSegment | Promise<SourceSegment> = first;
    for (let failures = 0; ; failures++) {
      try {
        return await opened;
      } catch (error) {
        if (this.#isOver || !isCutOff(error) || failures === MAX_FAILURES) throw error;
        if (failures > 0) await this.#later(failures * DELAY_MS);
        if (this.#isOver || !this.#isWanted(number)) throw error;
        opened = this.#port?.lanes.consume(number) ?? this.open(number);
      }
    }
  }

  #later(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#clock.setTimeout(resolve, delayMs));
  }
}
