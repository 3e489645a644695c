import type { RunInContext } from '../../base/async-context.ts';
import type { WaitGuard } from '../../base/waiting.ts';
import type { WatchedCall } from '../../diagnostics/watched-call.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import { errorOfCall } from './call-error.ts';
import type { CallSite } from './call-site.ts';
import { type NamedStream, setNaming } from '../../stream/half/named-stream.ts';
import { releaseArguments } from '../../stream/value/release-streams.ts';
import type { Signature, Verb } from '../../verb/verb.ts';

/** Holds unsettled calls: either those that wait to be sent, or those that were sent. */
export interface CallHolder {
  /** The address of the server, for errors. */
  readonly peer: string;
  /**
   * The caller's time is over, or it has canceled: an unsent call is withdrawn, a sent call is
   * forgotten.
   */
  cancel(pending: PendingCall, error: Error): void;
}

/** One call from the moment it is made until it is settled. */
export interface PendingCall {
  readonly verb: Verb<Signature>;
  /** Replaced when the call goes to another connection, if they name a part of the first one. */
  args: unknown[];
  /** The time by the clock at which the call fails; undefined for never. */
  readonly deadline: number | undefined;
  /** The limit that its caller gave it; undefined for none. */
  readonly timeoutMs: number | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Watches time limit and signal, and cancels the call at its holder. */
  guard: WaitGuard | undefined;
  /** The queue at first; once the call is sent, the calls of its connection. */
  holder: CallHolder;
  /** The place among all calls of its client: rises with each call that is made. */
  readonly place: number;
  /** The place in the caller's code; undefined unless errors are to have it. */
  readonly site: CallSite | undefined;
  /** 0 until the call is sent. */
  messageId: number;
  sentAt: number;
  /** The async context to send it in; undefined for any: its arguments hold no streams, or it was sent at once. */
  run?: RunInContext | undefined;
  /** The streams that its arguments name. */
  children: readonly NamedStream[] | undefined;
  /** Whether it may be carried out more than once. */
  readonly isIdempotent: boolean;
  /** Whether a server may have carried it out on a connection that is lost. */
  mayHaveRun: boolean;
  /** Undefined if nobody watches it. */
  readonly watched: WatchedCall | undefined;
}

/** Rejects the call. If it was never sent, nobody will read the streams among its arguments. */
export function endCall(pending: PendingCall, error: unknown, serializer: Serializer): void {
  pending.guard?.end();
  if (pending.messageId === 0) {
    releaseArguments(pending.verb.args ?? serializer, pending.args);
  }
  const { verb, site, holder, mayHaveRun } = pending;
  setNaming(pending.children, 'refused', error, mayHaveRun);
  pending.reject(errorOfCall(error, { verb, site, peer: holder.peer, mayHaveRun }));
}
