import { StreamClosedError } from '../../errors/errors.ts';
import { EOS } from '../../wire/stream-frame.ts';
import type { LaneInput } from './segment.ts';

/** A canceled stream is dropped up to this size, to keep its lane; above it the lane is closed. */
const MAX_DRAIN_BYTES = 1_048_576;

/** The rest of a stream that nobody wants: it is dropped, so that its lane can be used again. */
export class DroppedRest {
  readonly #input: LaneInput;
  #bytes = 0;

  constructor(input: LaneInput) {
    this.#input = input;
  }

  /**
   * Drops what has come. Returns whether the end of stream was among it.
   *
   * @throws StreamClosedError if too much has come without an end, ProtocolError for a malformed rest.
   */
  take(chunkBytes: number): boolean {
    this.#bytes += chunkBytes;
    for (let frame; (frame = this.#input.next()) !== undefined;) if (frame === EOS) return true;
    if (this.#bytes > MAX_DRAIN_BYTES) {
      throw new StreamClosedError('a canceled stream went on', 'remote');
    }
    return false;
  }
}
