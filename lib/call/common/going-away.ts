/**
 * The errors of a server that goes away. Such a server takes no new calls and streams, lets those
 * under way end, and then closes its connections.
 */

import { ClosedError, RefusedError } from '../../errors/errors.ts';
import { messageOf } from '../../errors/foreign.ts';
import type { GoingAway } from '../../wire/main-message.ts';

/** The server's answer to calls while it goes away. */
export const CLOSING_TEXT = 'the server is closing';

/** The announcement of a server that waits for so many milliseconds. */
export function goingAway(graceMs: number): GoingAway {
  const wholeMs = Math.ceil(graceMs);
  return { kind: 'going-away', graceMs: Number.isSafeInteger(wholeMs) ? wholeMs : undefined };
}

/** The reason why the `draining` signals of a server's calls fire. */
export function drainCause(graceMs: number): ClosedError {
  const patience = graceMs === Infinity ? '' : ` within ${graceMs} ms (graceMs)`;
  return new ClosedError(`the server is closing: what is under way has to end${patience}`, 'local');
}

/** The error of a call or stream that is not sent because the server would refuse it. */
export function goingAwayRefusal(scope: 'call' | 'stream'): RefusedError {
  return new RefusedError(`the server is going away and takes no new ${scope}s`, {
    scope,
    initiator: 'remote',
    retryable: true,
  });
}

/** The reason why a client connects again while the connection to such a server is still there. */
export function leaving(): ClosedError {
  return new ClosedError('the server is going away', 'remote');
}

/** The reason why a client ends after its server went away and all calls and streams had ended. */
export function leftInOrder(): ClosedError {
  return new ClosedError('the server went away, after all that was under way had ended', 'remote');
}

/** The reason why a client ends if its server closed before that. */
export function leftInTheMiddle({ graceMs }: GoingAway, cause: Error): ClosedError {
  const patience = graceMs === undefined ? '' : `; what was under way had ${graceMs} ms (graceMs)`;
  return new ClosedError(`the server went away${patience}: ${messageOf(cause)}`, 'remote', cause);
}

/** The reason why a server ends calls and streams that are still under way after the grace time. */
export function outOfGrace(graceMs: number): ClosedError {
  return new ClosedError(
    `the server was closed: what was under way did not end within ${graceMs} ms (graceMs)`,
    'local',
  );
}
