import { encodeStreamError } from '../../document/error-document.ts';
import { isLibraryEnd, markLibraryEnd } from '../../document/library-end.ts';
import { MisuseError, StreamNotFoundError } from '../../errors/errors.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { ResumePoint } from '../../wire/resume-point.ts';
import { type DialingLanes, streamNotFound } from '../lane/lanes.ts';
import type { SinkSegment } from '../lane/sink-segment.ts';
import { isPassing } from '../resume/cut-off.ts';
import type { Offers } from './offers.ts';
import type { Produced } from './produced.ts';

/** The answer to a peer that asks for what is not there. Made once, because it may ask very often. */
const NOT_PROMISED = encodeStreamError(
  markLibraryEnd(new StreamNotFoundError('the stream is not promised, or is over', 'remote')),
);

/** The connection on which the peer asks. */
interface RequestsPort {
  tellPeer(message: MainMessage): void;
  /** Whether both ends can go on with a stream on another lane, so that the peer asks again. */
  canResume(): boolean;
}

/** Opens the streams of ours that the peer asks for: a server can't dial, so its client does. */
export class StreamRequests {
  readonly #offers: Pick<Offers, 'find' | 'get' | 'take'>;
  readonly #port: RequestsPort;
  /** The streams that are being opened. */
  readonly #opening = new Set<number>();
  /** The newest place for each stream for which a lane is being opened, to go on. */
  readonly #resuming = new Map<number, ResumePoint>();

  constructor(offers: Pick<Offers, 'find' | 'get' | 'take'>, port: RequestsPort) {
    this.#offers = offers;
    this.#port = port;
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
      // If it runs, its first lane was lost before the peer knew of it.
      await this.resume({ number, taken: 0, acknowledged: 0, attempt: 0 }, lanes);
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
      if (this.#port.canResume() && isPassing(error)) {
        this.#port.tellPeer({ kind: 'stream-parted', number, attempt: 0 });
        return;
      }
      this.#offers.get(number)?.lose(error);
      this.#refuse(number, encodeStreamError(error));
    } finally {
      this.#opening.delete(number);
    }
  }

  /**
   * The peer wants to go on with a stream, on another lane. However often it asks, one lane at a time
   * is opened for a stream, for the newest attempt. Never rejects.
   */
  async resume(point: ResumePoint, lanes: DialingLanes | undefined): Promise<void> {
    const { number } = point;
    const produced = this.#offers.find(number);
    if (lanes === undefined || produced === undefined) {
      this.#refuse(number, NOT_PROMISED);
      return;
    }
    if (produced.retained?.positions.isStale(point) === true) return;
    const other = this.#resuming.get(number);
    if (other === undefined || other.attempt < point.attempt) this.#resuming.set(number, point);
    if (other === undefined) await this.#openAgain(number, lanes);
  }

  async #openAgain(number: number, lanes: DialingLanes): Promise<void> {
    let segment: SinkSegment | undefined;
    try {
      segment = await lanes.produce(number);
    } catch {
      // The peer asks anew.
    }
    // Set by the caller; a newer place may have come meanwhile.
    const point = this.#resuming.get(number)!;
    this.#resuming.delete(number);
    const produced = this.#offers.find(number);
    if (segment === undefined) {
      this.#port.tellPeer({ kind: 'stream-parted', number, attempt: point.attempt });
    } else if (produced === undefined) segment.abort(streamNotFound(number), 'local');
    else produced.resume(segment, point);
  }

  /** Tells the peer that a stream does not come. */
  #refuse(number: number, reason: Buffer): void {
    this.#port.tellPeer({ kind: 'stream-refused', number, reason });
  }
}

/** The reader's error for a stream that was over before its lane was there. */
function endMeanwhile({ number, endCause }: Produced): Error {
  return endCause !== undefined && isLibraryEnd(endCause) ? endCause : streamNotFound(number);
}
