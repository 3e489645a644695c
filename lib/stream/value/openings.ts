import { Deferred } from '../../base/deferred.ts';
import type { Clock } from '../../base/clock.ts';
import { sharedAbortController } from '../../base/shared-abort.ts';
import { ClosedError } from '../../errors/errors.ts';
import type { Lanes } from '../lane/lanes.ts';
import type { SourceSegment } from '../lane/source-segment.ts';
import { openFirst } from '../resume/first-opening.ts';

/** The connection with the lanes. */
interface OpeningPort {
  readonly lanes: Lanes;
  /** Whether a stream may be asked for again. */
  readonly canResume?: boolean;
}

/** A connection, while it is the one to open streams on. */
interface Attached {
  readonly port: OpeningPort;
  /** Fires when it is that no longer. */
  readonly gone: AbortController;
}

/**
 * Opens the streams of the peer. Where streams can be resumed, one that has not begun is opened as long as
 * its session goes on: a lane that is cut off is tried again, on the next connection if this one is lost.
 */
export class Openings {
  readonly #clock: Clock;
  readonly #isWanted: (number: number) => boolean;
  #attached: Attached | undefined;
  /** Settles when there is a connection, or will be none any more. */
  #whenAttached = new Deferred();

  /** @param isWanted - whether somebody still waits for the stream. */
  constructor(clock: Clock, isWanted: (number: number) => boolean) {
    this.#clock = clock;
    this.#isWanted = isWanted;
  }

  attach(port: OpeningPort): void {
    this.#attached = { port, gone: sharedAbortController() };
    this.#whenAttached.resolve();
  }

  detach(): void {
    if (this.#attached === undefined) return;
    this.#attached.gone.abort();
    this.#attached = undefined;
    this.#whenAttached = new Deferred();
  }

  /** There will be no connection any more. */
  end(cause: unknown): void {
    this.detach();
    this.#whenAttached.reject(cause);
  }

  /** Opens the stream, once there is a connection. */
  open(number: number): SourceSegment | Promise<SourceSegment> {
    const attached = this.#attached;
    if (attached === undefined) return this.#whenAttached.promise.then(() => this.open(number));
    const { lanes, canResume } = attached.port;
    const opened = lanes.consume(number);
    if (canResume !== true || !(opened instanceof Promise)) return opened;
    return this.#again(number, opened, attached);
  }

  async #again(
    number: number,
    first: Promise<SourceSegment>,
    { port, gone: { signal } }: Attached,
  ): Promise<SourceSegment> {
    let begun: Promise<SourceSegment> | undefined = first;
    const open = (): SourceSegment | Promise<SourceSegment> => {
      const opening = begun;
      begun = undefined;
      if (opening !== undefined) return opening;
      if (signal.aborted || !this.#isWanted(number)) throw givenUp();
      return port.lanes.consume(number);
    };
    try {
      return await openFirst(open, this.#clock, [signal]);
    } catch (error) {
      if (signal.aborted && this.#isWanted(number)) return this.open(number);
      throw error;
    }
  }
}

/** Nobody sees it: the reader has left, or the stream is opened on another connection. */
function givenUp(): ClosedError {
  return new ClosedError('the stream is not opened here any more', 'local');
}
