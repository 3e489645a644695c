/**
 * The reason why one end of a stream waits.
 *
 * - `producer`: the sink has room and gets no messages. At a source, a reader waits and no messages
 *   come; the network can be the reason as well.
 * - `budget`: a sender waits for room although the kernel takes bytes: for its stream's own budget,
 *   or for its turn of the loop.
 * - `network`: a sender waits because the kernel takes no bytes. TCP can't tell a slow network from
 *   a peer that does not read; the source at the other end can, by its own `reader`.
 * - `reader`: at a source, the socket is not read because the reader has not taken the received
 *   messages. At a sink, the end of stream is sent, and the peer's reader has not confirmed it.
 */
export type StreamWait = 'producer' | 'budget' | 'network' | 'reader';

/** Milliseconds that one end of a stream has waited so far, by {@link StreamWait}. */
export type WaitedMs = Readonly<Record<StreamWait, number>>;

/** The progress of one end of a stream. */
export interface StreamFigures {
  /** The number of items that were sent, or read. */
  readonly items: number;
  /** Bytes on the wire that were sent or have come: with headers, and compressed. */
  readonly bytes: number;
  /** Bytes that wait here: for the kernel at a sink, for the reader at a source. */
  readonly bufferedBytes: number;
  /** Bytes that may wait here before the other side has to wait. */
  readonly budgetBytes: number;
  /** Milliseconds since the stream was opened. */
  readonly ageMs: number;
  /** The reason of the current wait; undefined for a source with a busy reader. */
  readonly waitsFor: StreamWait | undefined;
  /** Milliseconds of each kind of wait so far. */
  readonly waitedMs: WaitedMs;
}
