import type { WatchedCall } from '../../diagnostics/watched-call.ts';
import { RefusedError } from '../../errors/errors.ts';
import type { Initiator } from '../../errors/rpc-error.ts';

/**
 * Whether a call has named the stream: not yet; in a request that is not answered; in a request
 * that succeeded; or in one that failed.
 */
export type Naming = 'unnamed' | 'calling' | 'named' | 'refused';

/** A running call, as the streams of its arguments know it. */
export interface InputCall {
  /** Why its caller is gone or has given up; undefined while the caller waits. */
  readonly givenUp: Error | undefined;
  /**
   * What a stream was to bring is lost because the peer is gone, or has given the call up. Called before
   * its reader is told.
   */
  loseInput(cause: Error): void;
}

/**
 * Whether the user of a stream learns of its failure: has been told; waits for what will tell; is told
 * by the next use; or is not told.
 */
export type Telling = 'told' | 'pending' | 'later' | 'never';

/** A stream that the arguments or the result of a call have named. It is told how the call goes. */
export interface NamedStream {
  /** Whether it has ended; undefined for a stream that nobody follows. */
  readonly isOver?: boolean;
  /**
   * Called when it has ended; with a cause unless all items were sent.
   *
   * @param isOwn - whether the producer of its own items has thrown the cause.
   */
  onOver?: ((cause: Error | undefined, isOwn: boolean) => void) | undefined;
  /** The running call whose arguments have brought it. */
  inputOf?: InputCall | undefined;
  /** Whether our user learns of its failure. Without it: never. */
  readonly telling?: Telling;
  /** Called when our user was told of its failure. */
  onTold?: (() => void) | undefined;
  /** A call has named it; undefined for one that nobody watches. */
  setCall(call: WatchedCall | undefined): void;
  /** The value is on its way. */
  onPassed(): void;
  /** The value was not sent after all; the cause is the same for all streams of a value. */
  onUnsent(cause: Error): void;
  /**
   * The call waits for its answer, was answered, or failed, with this cause.
   *
   * @param mayHaveRun - set if its answer is lost, and it may have run: the stream may be in use.
   */
  setNaming(naming: Naming, cause?: unknown, mayHaveRun?: boolean): void;
  /** The call has failed: ends the stream. */
  abort(cause: unknown, initiator: Initiator): void;
}

/** The most that the user learns from the streams of a call. */
export function tellingOf(streams: readonly NamedStream[] | undefined): Telling {
  let most: Telling = 'never';
  for (const { telling = 'never' } of streams ?? []) {
    if (telling === 'told') return telling;
    if (telling === 'pending' || most === 'never') most = telling;
  }
  return most;
}

/** Tells all streams of a value which call has named them. */
export function setCall(
  streams: readonly NamedStream[] | undefined,
  call: WatchedCall | undefined,
): void {
  if (streams === undefined) return;
  for (const stream of streams) stream.setCall(call);
}

/** Tells all streams of a call about its progress; does nothing for a call without streams. */
export function setNaming(
  streams: readonly NamedStream[] | undefined,
  naming: Naming,
  cause?: unknown,
  mayHaveRun?: boolean,
): void {
  if (streams === undefined) return;
  for (const stream of streams) stream.setNaming(naming, cause, mayHaveRun);
}

/** Lets a running call know of the streams of its arguments that are lost, and them of its end. */
export function followInput(streams: readonly NamedStream[] | undefined, call: InputCall): void {
  if (streams === undefined) return;
  for (const stream of streams) stream.inputOf = call;
}

/** Tells all streams of a value whether it was sent. */
export function settlePassing(
  streams: readonly NamedStream[] | undefined,
  isPassed: boolean,
): void {
  if (streams === undefined) return;
  if (isPassed) for (const stream of streams) stream.onPassed();
  else onAllUnsent(streams);
}

/** Tells all streams of a value that it was not sent. */
export function onAllUnsent(streams: readonly NamedStream[]): void {
  const cause = unsent();
  for (const stream of streams) stream.onUnsent(cause);
}

/** The error of the streams in a value that was not sent: one for all, as there may be many. */
export function unsent(): RefusedError {
  return new RefusedError('the value that holds the stream was not sent', {
    initiator: 'local',
    scope: 'stream',
  });
}

/** Ends the streams of a call that has failed. */
export function abortAll(
  streams: readonly NamedStream[] | undefined,
  cause: unknown,
  initiator: Initiator,
): void {
  if (streams === undefined) return;
  for (const stream of streams) stream.abort(cause, initiator);
}
