/**
 * How far each end of a session has received what the other end has sent, over all of its main
 * connections. Every request and reply counts, whatever is in it: calls, results, exceptions, main
 * messages of every kind, also unknown ones, and those whose payload is passed over. A frame counts
 * when all of it has come. Negotiations, and compressed frames that hold nothing, count on no side.
 *
 * Requests have message ids, which rise in the whole session: they are their positions. Replies have
 * none of their own, so they are counted from 1.
 */

import { ProtocolError } from '../errors/errors.ts';

/** Frames that may be received before the peer is told. */
export const RECEIVED_FRAMES = 1_024;
/** Bytes of such frames. */
export const RECEIVED_BYTES = 262_144;

/** The receiving end. */
export class ReceivedFrames {
  #position = 0;
  #untoldFrames = 0;
  #untoldBytes = 0;

  /** The position of the last whole frame; 0 before the first. */
  get position(): number {
    return this.#position;
  }

  /** Whether so much has come that the peer is to be told. */
  get isDue(): boolean {
    return this.#untoldFrames >= RECEIVED_FRAMES || this.#untoldBytes >= RECEIVED_BYTES;
  }

  /** Whether anything has come that the peer was not told of. */
  get hasUntold(): boolean {
    return this.#untoldFrames > 0;
  }

  /**
   * All of a frame has come.
   *
   * @param position - a request's message id, which its reader has judged; that of a reply is the
   *   next one.
   */
  receive(frameBytes: number, position: number = this.#position + 1): void {
    this.#position = position;
    this.#untoldFrames++;
    this.#untoldBytes += frameBytes;
  }

  /** The position, for a peer that is told of it now. */
  tell(): number {
    this.#untoldFrames = 0;
    this.#untoldBytes = 0;
    return this.#position;
  }
}

/** The positions of frames: counted, or ids that are chosen and never come again. */
export type Numbering = 'counted' | 'ids';

/** The sending end. Holds the frames that are to be repeated on the next connection. */
export class SentFrames<T> {
  readonly #numbering: Numbering;
  readonly #onReceived: ((frame: T) => void) | undefined;
  #last = 0;
  #received = 0;
  /** In the order of their positions. */
  #kept: { readonly position: number; readonly frame: T }[] = [];

  /**
   * @param numbering - `ids` for requests, `counted` for replies.
   * @param onReceived - called for each kept frame that need not be kept any more.
   */
  constructor(numbering: Numbering, onReceived?: (frame: T) => void) {
    this.#numbering = numbering;
    this.#onReceived = onReceived;
  }

  /** The position of the last frame; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Up to there the peer has said that it has received all. */
  get received(): number {
    return this.#received;
  }

  /** The number of frames that are kept. */
  get kept(): number {
    return this.#kept.length;
  }

  /** A frame is sent, and is not repeated. Returns its position. */
  send(): number {
    return ++this.#last;
  }

  /** A frame is sent, and kept until the peer has received it. Returns its position. */
  keep(frame: T): number {
    const position = ++this.#last;
    this.#kept.push({ position, frame });
    return position;
  }

  /**
   * The peer says that it has received all frames up to this one. A lower position than before says
   * nothing new.
   *
   * @throws ProtocolError for a frame that was not sent.
   */
  recvReceived(position: number): void {
    if (position > this.#last) throw new ProtocolError('the peer received more than was sent');
    if (position <= this.#received) return;
    this.#received = position;
    const behind = this.#kept.findIndex((kept) => kept.position > position);
    const received = this.#kept.splice(0, behind < 0 ? this.#kept.length : behind);
    if (this.#onReceived !== undefined) for (const { frame } of received) this.#onReceived(frame);
  }

  /** Whether a peer can have received all up to there, and no more. */
  canResumeAt(position: number): boolean {
    return position >= this.#received && position <= this.#last;
  }

  /**
   * Goes on, on another connection, with a peer that has received all up to there. Returns the frames
   * behind it, in order; they are sent anew. Counting goes on behind the position, as all that was
   * sent behind it is lost; ids go on behind the last one.
   *
   * @throws ProtocolError if the peer can't have received so much, or so little.
   */
  resumeAt(position: number): T[] {
    if (!this.canResumeAt(position)) throw new ProtocolError('a session that can’t go on there');
    this.recvReceived(position);
    const lost = this.#kept.map(({ frame }) => frame);
    this.#kept = [];
    if (this.#numbering === 'counted') this.#last = position;
    return lost;
  }
}
