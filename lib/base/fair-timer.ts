import type { Clock, Timer } from './clock.ts';

/** A timer that fires later than this was held up with the whole process. */
const LATE_MS = 1_000;

/**
 * As `clock.setTimeout`, for the judgement of a peer: calls back only after a turn of the loop in
 * which all that had come could be read. A process that was stopped, or whose loop was blocked, must
 * not take its own silence for the peer's. If it was, the peer gets up to a second more, because its
 * answers to what is sent only now are under way.
 */
export function setFairTimeout(
  clock: Pick<Clock, 'now' | 'setTimeout' | 'yield'>,
  callback: () => void,
  delayMs: number,
): Timer {
  let isCanceled = false;
  let timer: Timer;
  const wait = (waitMs: number): void => {
    const dueAt = clock.now() + waitMs;
    timer = clock.setTimeout(() => {
      const isLate = clock.now() - dueAt >= LATE_MS;
      const judge = (): void => {
        if (isCanceled) return;
        if (isLate) wait(Math.min(delayMs, LATE_MS));
        else callback();
      };
      // Twice: the rest of a turn may hold no more reading.
      clock.yield(() => clock.yield(judge));
    }, waitMs);
  };
  wait(delayMs);
  return {
    cancel: () => {
      isCanceled = true;
      timer.cancel();
    },
  };
}

/** A clock whose timers are those of {@link setFairTimeout}. */
export function fairClock(clock: Clock): Pick<Clock, 'setTimeout'> {
  return { setTimeout: (callback, delayMs) => setFairTimeout(clock, callback, delayMs) };
}
