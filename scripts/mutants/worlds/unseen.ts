/** A place that no world needs: something else does the same, or only a peer that breaks the rules needs it. */
export interface UnseenPlace {
  /** The file of lib, without its ending. */
  readonly file: string;
  readonly in: string;
  /** The reason, as a sentence. */
  readonly why: string;
}

/** Places that were broken on purpose in vain. No program can notice that they are broken. */
export const UNSEEN_PLACES: readonly UnseenPlace[] = [
  {
    file: 'stream/lane/lane',
    in: 'Lane.#passRest',
    why: 'A reader that has just been given its stream looks at what has come by itself. Only bytes that a client sends on a stream that it reads go unseen.',
  },
  {
    file: 'stream/lane/lane',
    in: 'Lane.endSegment, where it reads on',
    why: 'Our client asks for the next stream of a lane after it has heard of the end of the last one. Only a client that asks earlier needs this.',
  },
  {
    file: 'stream/lane/lane-pool',
    in: 'LanePool.take, where it skips closed lanes',
    why: 'A lane leaves the pool in the turn in which it is closed. Between the end that its peer sends and that turn a new stream fails on either lane, because the main connection ends as well.',
  },
  {
    file: 'stream/lane/sink-segment',
    in: 'SinkSegment.lose, where it tells its sender',
    why: 'The reader at the other end loses the lane too, and cancels its stream on the main connection. If that is lost, all producers are told.',
  },
  {
    file: 'stream/value/produced',
    in: 'Produced.#abort, where it cancels the pump',
    why: 'The end of the sink cancels the pump in the next microtask.',
  },
  {
    file: 'stream/half/sink-half',
    in: 'SinkHalf.onChange, where it refuses room',
    why: 'The link that closes refuses room a little later, and a pump that is canceled waits for nothing.',
  },
  {
    file: 'connection/link/frame-input',
    in: 'FrameInput.next, where it regulates',
    why: 'A reader that has taken all frames waits, and a wait lets the link be read again. The input is only slower.',
  },
];
