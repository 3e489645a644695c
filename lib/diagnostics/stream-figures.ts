/**
 * The reason why one end of a stream does not go on.
 *
 * - `producer`: the sink has room and was given nothing; at a source, a reader waits and nothing comes,
 *   which may be the network's fault as well.
 * - `budget`: a sender waits for room though the kernel takes bytes: for its stream's own budget, or for
 *   its turn of the loop.
 * - `network`: a sender waits because the kernel takes nothing. TCP can't tell a slow network from a peer
 *   that does not read; the source at the other end can, by its own `reader`.
 * - `reader`: at a source, the socket is not read because the reader has not taken what came. At a sink,
 *   the end of stream is out, and the peer's reader has not confirmed it.
 */
export type StreamWait = 'producer' | 'budget' | 'network' | 'reader';

/** Milliseconds that one end of a stream has waited so far, by {@link StreamWait}. */
export type WaitedMs = Readonly<Record<StreamWait, number>>;

/** How far one end of a stream has come. */
export interface StreamFigures {
  /** Items that were sent, or read. */
  readonly items: number;
  /** Bytes that were sent or have come, as they travel: with headers, and compressed. */
  readonly bytes: number;
  /** Bytes that wait here: for the kernel at a sink, for the reader at a source. */
  readonly bufferedBytes: number;
  /** Bytes that may wait here before the other side is held back. */
  readonly budgetBytes: number;
  /** Milliseconds since it was opened. */
  readonly ageMs: number;
  /** The reason why it waits now; undefined for a source while its reader is busy. */
  readonly waitsFor: StreamWait | undefined;
  /** How long it has waited so far, by the reason. */
  readonly waitedMs: WaitedMs;
}
