import type { ReceivedBytes } from '../base/received-bytes.ts';

/** Frames that their reader can refuse one by one, by the header of each. */
export interface SkippableFrames {
  readonly headerBytes: number;
  /** The most bytes of a frame that is skipped, its header included. */
  readonly maxSkippedBytes: number;
  /** The bytes of a whole frame, as the header at its start says. */
  claimedBytes(start: Buffer): number;
  /** The rest of the current frame will not come. Returns whether it was to be skipped anyway. */
  skipRest(): boolean;
}

/**
 * Cuts frames of one kind off the front of a queue. Gives messages as Buffers, and as a `T` all else
 * that its frames say. Bytes stay in the queue until they are a frame, or a part that is given alone.
 */
export interface FrameDecoder<T> {
  /**
   * The most bytes of a message that is a u32 length and its payload and nothing else. Its reader may
   * take such a message without asking the decoder. -1 where messages have other headers.
   */
  readonly maxPrefixedBytes: number;
  /** The most bytes of a frame, its header included. */
  readonly maxFrameBytes: number;
  /** Names the limit in errors. */
  readonly option: string;
  /** Absent where a frame above the limit ends the connection. */
  readonly skippable?: SkippableFrames | undefined;
  /** How far the damage of a malformed frame reaches. */
  readonly scope: 'stream' | 'connection';
  /** Whether a frame's header was given and its payload is to follow. */
  readonly isInFrame: boolean;

  /**
   * The next frame or part of one: a view where it does not span chunks. Undefined while bytes are
   * missing. Undefined also when bytes were taken that are to be passed over.
   *
   * @throws MessageTooLargeError or ProtocolError; the bytes are of no use afterwards.
   */
  next(bytes: ReceivedBytes): Buffer | T | undefined;

  /** The frame that would be cut if nothing more came, in words; undefined between frames. */
  cutFrame(bytes: ReceivedBytes): string | undefined;
}
