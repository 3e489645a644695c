/**
 * The errors of a server that goes away: it takes nothing new, lets what is under way end, and then
 * closes its connections.
 */

import { ClosedError, RefusedError } from '../../errors/errors.ts';
import type { GoingAway } from '../../wire/main-message.ts';

/** The server's answer to calls while it goes away. */
export const CLOSING_TEXT = 'the server is closing';

/** The announcement of a server that waits for so long. */
export function goingAway(graceMs: number): GoingAway {
  const wholeMs = Math.ceil(graceMs);
  return { kind: 'going-away', graceMs: Number.isSafeInteger(wholeMs) ? wholeMs : undefined };
}

/** Why a client does not send a call, or open a stream, that would be refused. */
export function goingAwayRefusal(scope: 'call' | 'stream'): RefusedError {
  return new RefusedError(`the server is going away and takes no new ${scope}s`, {
    scope,
    initiator: 'remote',
    retryable: true,
  });
}

/** The cause of a client's end after its server went away, and all that was under way had ended. */
export function leftInOrder(): ClosedError {
  return new ClosedError('the server went away, after all that was under way had ended', 'remote');
}

/** The cause of a client's end when its server closed before that. */
export function leftInTheMiddle({ graceMs }: GoingAway, cause: Error): ClosedError {
  const patience = graceMs === undefined ? '' : `; what was under way had ${graceMs} ms (graceMs)`;
  return new ClosedError(`the server went away${patience}: ${cause.message}`, 'remote', cause);
}

/** Why a server ends what is still under way after the time that it had for that. */
export function outOfGrace(graceMs: number): ClosedError {
  return new ClosedError(
    `the server was closed: what was under way did not end within ${graceMs} ms (graceMs)`,
    'local',
  );
}
