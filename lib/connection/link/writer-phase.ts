/**
 * Whether a writer takes frames. Frames that it took before it was closed still go out. While the
 * error of a connection that is over is not known yet, all that waits goes on to wait for it.
 *
 *     open --close--> closed
 *       \               \
 *        `---------------`--[awaitError--> judging]--lose--> failed
 */
export type WriterPhase = 'open' | 'closed' | 'judging' | 'failed';

/** Whether the connection is over: nothing more is written. */
export function isLost(phase: WriterPhase): boolean {
  return phase === 'judging' || phase === 'failed';
}

/**
 * The event that will write the gathered bytes: none yet, the end of this turn of the loop, or the
 * drain of a socket that is busy with earlier bytes.
 *
 *     idle --frame--> planned --end of turn--> idle
 *       \               \
 *        `---------------`--the socket takes no more--> blocked --drain--> idle
 */
export type FlushPhase = 'idle' | 'planned' | 'blocked';
