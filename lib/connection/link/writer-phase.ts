/**
 * Whether a writer takes frames. Frames that it took before it was closed still go out.
 *
 *     open --close--> closed
 *       \               \
 *        `---------------`--lose--> failed
 */
export type WriterPhase = 'open' | 'closed' | 'failed';

/**
 * The event that will write the gathered bytes: none yet, the end of this turn of the loop, or the
 * drain of a socket that is busy with earlier bytes.
 *
 *     idle --frame--> planned --end of turn--> idle
 *       \               \
 *        `---------------`--the socket takes no more--> blocked --drain--> idle
 */
export type FlushPhase = 'idle' | 'planned' | 'blocked';
