import { encodeStreamError } from '../../document/error-document.ts';
import { isLibraryEnd, markLibraryEnd } from '../../document/library-end.ts';
import { MisuseError, StreamNotFoundError } from '../../errors/errors.ts';
import { type DialingLanes, streamNotFound } from '../lane/lanes.ts';
import type { Offers } from './offers.ts';
import type { Produced } from './produced.ts';

/** The answer to a peer that asks for what is not there. Made once, because it may ask very often. */
const NOT_PROMISED = encodeStreamError(
  markLibraryEnd(new StreamNotFoundError('the stream is not promised, or is over', 'remote')),
);

/** Opens the streams of ours that the peer asks for: a server can't dial, so its client does. */
export class StreamRequests {
  readonly #offers: Pick<Offers, 'get' | 'take'>;
  readonly #refuse: (number: number, reason: Buffer) => void;
  /** The streams that are being opened. */
  readonly #opening = new Set<number>();

  /** @param refuse - tells the peer that a stream does not come, with the error as a document. */
  constructor(
    offers: Pick<Offers, 'get' | 'take'>,
    refuse: (number: number, reason: Buffer) => void,
  ) {
    this.#offers = offers;
    this.#refuse = refuse;
  }

  /**
   * The peer wants to read a stream. Asking again while it opens changes nothing. Never rejects.
   *
   * @param lanes - undefined where the peer opens itself what it reads.
   */
  async open(number: number, lanes: DialingLanes | undefined): Promise<void> {
    if (this.#opening.has(number)) return;
    const offered = this.#offers.take(number);
    if (offered === undefined) {
      this.#refuse(number, NOT_PROMISED);
      return;
    }
    this.#opening.add(number);
    try {
      if (lanes === undefined) {
        throw new MisuseError('the client opens what it wants to read', 'stream');
      }
      const segment = await lanes.produce(number);
      if (offered.isOffered) offered.start(segment);
      else segment.abort(endMeanwhile(offered), 'local');
    } catch (error) {
      this.#offers.get(number)?.lose(error);
      this.#refuse(number, encodeStreamError(error));
    } finally {
      this.#opening.delete(number);
    }
  }
}

/** The reader's error for a stream that was over before its lane was there. */
function endMeanwhile({ number, endCause }: Produced): Error {
  return endCause !== undefined && isLibraryEnd(endCause) ? endCause : streamNotFound(number);
}
