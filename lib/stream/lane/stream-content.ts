import { decodeStreamError } from '../../document/error-document.ts';
import { decodeMark } from '../../document/mark-document.ts';
import { ProtocolError } from '../../errors/errors.ts';
import type { Peer } from '../../transport/transport.ts';
import type { LaneFrame } from '../../wire/lane-frame.ts';
import type { RetainedFrame } from '../../wire/resumable-frame.ts';
import type { MetadataListener } from './segment.ts';

/**
 * The progress of the stream. Each part comes at most once, and the parts come in this order.
 *
 *     [retained] [headers] messages --trailers--> trailers --count or error--> outcome --> end of stream
 *                              \                                              ^
 *                               `--count or error----------------------------'
 */
type StreamPart = 'messages' | 'trailers' | 'outcome';

/** The frames of a stream that stand around its messages, and the rules of their order. */
export class StreamContent {
  /** Gets the metadata. Set by the reader. */
  metadata: MetadataListener | undefined;
  /** Gets the terms of a stream that can be resumed. Set by the reader. */
  onRetained: ((terms: RetainedFrame) => void) | undefined;
  /** Gets the checksum of so many messages from the stream's start. Set by the reader. */
  onSum: ((messages: number, crc32: number) => void) | undefined;
  /** Called when the stream begins without terms. Set by the reader. */
  onPlain: (() => void) | undefined;
  /**
   * Gives the error for the reader in place of the one that the peer has sent: behind the terms it is
   * the producer's, ahead of them the peer's own. Set by the reader.
   */
  onFailure: ((error: Error, isProducers: boolean) => Error) | undefined;
  #part: StreamPart = 'messages';
  /** Whether anything but the terms has come on this lane. */
  #hasBegun = false;
  /** Whether headers have come on this lane, or can't come any more. */
  #hasHeaders = false;
  /** Whether a message has come on this lane. */
  #hasMessages = false;
  /** Messages that were read on an earlier lane and come again. */
  #repeated = 0;
  /** Whether the listener has got the headers, or knows that there are none. */
  #isPastHeaders = false;
  /** The outcome: the producer's error, or the number of messages that it has sent. */
  #failure: Error | undefined;
  #sentMessages: number | undefined;
  #skippedItems = 0;

  /** Whether the headers are known, or it is known that there are none. */
  get isPastHeaders(): boolean {
    return this.#isPastHeaders;
  }

  /** Whether new messages may be taken without a look at each. */
  get isOpen(): boolean {
    return this.#hasMessages && this.#repeated === 0 && this.#part === 'messages';
  }

  /** The items that the producer has left out, as far as it has told. */
  get skippedItems(): number {
    return this.#skippedItems;
  }

  /** The error that the producer has sent, as the reader gets it. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The stream goes on on another lane. Headers that are known may come again. */
  restart(): void {
    this.#repeated = 0;
    this.#part = 'messages';
    this.#hasBegun = false;
    this.#hasHeaders = false;
    this.#hasMessages = false;
    this.#failure = undefined;
    this.#sentMessages = undefined;
  }

  /**
   * The producer goes on at this message.
   *
   * @param received - the messages that were read so far; they are passed over.
   * @throws ProtocolError if some would be missing.
   */
  repeatFrom(index: number, received: number): void {
    if (index > received) {
      const text = `the peer goes on with a stream at message ${index}, and ${received} were read`;
      throw new ProtocolError(text, 'stream');
    }
    this.#repeated = received - index;
  }

  /**
   * A message comes next. Returns whether it is new.
   *
   * @throws ProtocolError behind the last one.
   */
  takeMessage(): boolean {
    if (this.#part !== 'messages') throw outOfPlace('a message');
    if (!this.#hasBegun) this.#begin();
    this.#hasMessages = true;
    if (this.#repeated === 0) return true;
    this.#repeated--;
    return false;
  }

  /** Takes a frame. @throws ProtocolError where it does not belong. */
  take(frame: LaneFrame, peer: Peer): void {
    if (frame.type === 'retained') {
      if (this.#hasBegun || this.onRetained === undefined) throw outOfPlace(frame.type);
      this.#hasBegun = true;
      this.onRetained(frame);
      return;
    }
    if (!this.#isInPlace(frame.type)) throw outOfPlace(frame.type);
    if (!this.#hasBegun && frame.type !== 'error') this.#begin();
    switch (frame.type) {
      case 'headers':
        this.#hasHeaders = true;
        // They come again with the first message.
        if (!this.#isPastHeaders) this.passHeaders(frame.document);
        break;
      case 'skipped':
        this.#hasHeaders = true;
        // It counts from the stream's start, so the same may be told again.
        this.#skippedItems = Math.max(frame.items, this.#skippedItems);
        break;
      case 'trailers':
        this.#part = 'trailers';
        this.metadata?.onTrailers(frame.document);
        break;
      case 'error':
        this.#part = 'outcome';
        this.#failure = this.#failureOf(decodeStreamError(frame.document, peer));
        break;
      case 'count':
        this.#part = 'outcome';
        this.#sentMessages = frame.number;
        break;
      case 'sum':
        this.onSum?.(frame.items, frame.crc32);
        break;
      case 'mark':
        this.#hasHeaders = true;
        // Nobody reads it: it is judged alone.
        decodeMark(frame.document);
        break;
      default:
        throw outOfPlace(frame.type);
    }
  }

  /** Something has come that is behind the headers: if they are not known, there are none. */
  endHeaders(): void {
    if (!this.#isPastHeaders) this.passHeaders(undefined);
  }

  /** The headers are there, or a message has come without any. */
  passHeaders(document: Buffer | undefined): void {
    this.#isPastHeaders = true;
    this.metadata?.onHeaders(document);
  }

  /** The error of the stream at its end; undefined if all messages were received. */
  failureAfter(received: number): Error | undefined {
    const sent = this.#sentMessages;
    if (this.#failure !== undefined || sent === received) return this.#failure;
    const text = sent === undefined ? 'an unknown number of' : String(sent);
    return new ProtocolError(`the stream ended after ${received} of ${text} messages`, 'stream');
  }

  #failureOf(error: Error): Error {
    return this.onFailure?.(error, this.#hasBegun) ?? error;
  }

  /** Something else than the terms has come first. */
  #begin(): void {
    this.#hasBegun = true;
    this.onPlain?.();
  }

  #isInPlace(type: LaneFrame['type']): boolean {
    if (type === 'headers')
      return this.#part === 'messages' && !this.#hasHeaders && !this.#hasMessages;
    if (type === 'trailers') return this.#part === 'messages';
    if (type === 'mark' || type === 'skipped') return this.#part === 'messages';
    return this.#part !== 'outcome';
  }
}

function outOfPlace(what: string): ProtocolError {
  return new ProtocolError(`the peer sent ${what} where none belongs in a stream`, 'stream');
}
