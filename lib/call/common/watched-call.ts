import type { Clock } from '../../base/clock.ts';
import {
  areCallsWatched,
  type CallEvent,
  callFinish,
  callStart,
} from '../../diagnostics/channels.ts';
import type { Signature, Verb } from '../../verb/verb.ts';

/** Reports that a call has finished, and its error if it failed; only the first report counts. */
export type TellFinish = (error: unknown) => void;

/** Reports that a call has started. Undefined if nobody subscribes. */
export function tellStart(
  side: CallEvent['side'],
  verb: Verb<Signature>,
  clock: Clock,
): TellFinish | undefined {
  if (!areCallsWatched()) return undefined;
  const event: CallEvent = { side, verb: verb.number, method: verb.name };
  const startedAt = clock.now();
  let isFinished = false;
  callStart.publish(event);
  return (error) => {
    if (isFinished) return;
    isFinished = true;
    event.error = error;
    event.durationMs = clock.now() - startedAt;
    callFinish.publish(event);
  };
}

/**
 * Wraps `resolve` and `reject` of a call's promise: subscribers are told of the finish, and then the
 * promise settles.
 */
export function endsTold(
  tellFinish: TellFinish,
  resolve: (result: unknown) => void,
  reject: (error: unknown) => void,
): { readonly resolve: (result: unknown) => void; readonly reject: (error: unknown) => void } {
  return {
    resolve: (result) => {
      tellFinish(undefined);
      resolve(result);
    },
    reject: (error) => {
      tellFinish(error);
      reject(error);
    },
  };
}
