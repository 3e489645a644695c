import type { Clock } from '../../base/clock.ts';
import { areCallsWatched, type CallEvent } from '../../diagnostics/channels.ts';
import { WatchedCall } from '../../diagnostics/watched-call.ts';
import type { Signature, Verb } from '../../verb/verb.ts';
import { redactConnectionId } from '../../wire/connection-id.ts';

/** The connection of a call. */
export interface CallPath {
  /** The other end, `address:port`. */
  readonly peer: string;
  /** Undefined if the server has no streaming. */
  readonly connectionId: bigint | undefined;
}

/**
 * Lets subscribers watch a call. Undefined if there are none.
 *
 * @param path - the connection that it will be on, as far as is known.
 */
export function watchCall(
  side: CallEvent['side'],
  verb: Verb<Signature>,
  args: unknown[],
  path: CallPath,
  clock: Clock,
): WatchedCall | undefined {
  if (!areCallsWatched()) return undefined;
  const event: CallEvent = {
    side,
    verb: verb.number,
    method: verb.name,
    metadata: verb.metadataOf?.(args),
    peer: path.peer,
    connectionId: shownId(path),
    callId: undefined,
  };
  return new WatchedCall(event, clock);
}

/** Notes the connection that the call is sent on, and its number there. */
export function noteSent({ event }: WatchedCall, path: CallPath, callId: number): void {
  event.peer = path.peer;
  event.connectionId = shownId(path);
  event.callId = callId;
}

function shownId({ connectionId }: CallPath): string | undefined {
  return connectionId === undefined ? undefined : redactConnectionId(connectionId);
}

/**
 * Wraps `resolve` and `reject` of a call's promise: subscribers are told of the finish, and then the
 * promise settles.
 */
export function endsTold(
  watched: WatchedCall,
  resolve: (result: unknown) => void,
  reject: (error: unknown) => void,
): { readonly resolve: (result: unknown) => void; readonly reject: (error: unknown) => void } {
  return {
    resolve: (result) => watched.finish(undefined, () => resolve(result)),
    reject: (error) => watched.finish(error, () => reject(error)),
  };
}
