import { Alarm } from '../../base/alarm.ts';
import { fairClock } from '../../base/fair-timer.ts';
import type { Environment } from '../../settings/environment.ts';
import { ClosedError } from '../../errors/errors.ts';

/** Runs until a call names an accepted connection: without a name the connection is of no use. */
export function startIdleAlarm(
  { clock, limits }: Environment,
  giveUp: (cause: unknown) => void,
): Alarm {
  const { childIdleMs } = limits;
  const alarm = new Alarm(fairClock(clock));
  alarm.set(childIdleMs, () => {
    giveUp(new ClosedError(`no call named the stream within ${childIdleMs} ms`, 'local'));
  });
  return alarm;
}

/**
 * Runs while a finished connection waits for the peer's end: a peer that does not end it must not
 * keep it for ever.
 */
export function startFinishAlarm(
  { clock, limits }: Environment,
  giveUp: (cause: unknown) => void,
): Alarm {
  const alarm = new Alarm(fairClock(clock));
  alarm.set(limits.finishTimeoutMs, () => {
    giveUp(new ClosedError('the peer did not end a finished stream', 'remote'));
  });
  return alarm;
}
