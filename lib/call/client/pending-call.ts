import type { WaitGuard } from '../../base/waiting.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import { type NamedStream, setNaming } from '../../stream/half/named-stream.ts';
import { releaseArguments } from '../../stream/value/release-streams.ts';
import type { Signature, Verb } from '../../verb/verb.ts';

/** Holds calls that are not settled: those that wait to be sent, or those that were sent. */
export interface CallHolder {
  /** The caller's time or patience is over: an unsent call is withdrawn, a sent one forgotten. */
  cancel(pending: PendingCall, error: Error): void;
}

/** One call from the moment it is made until it is settled. */
export interface PendingCall {
  readonly verb: Verb<Signature>;
  readonly args: unknown[];
  /** When it has failed, by the clock; undefined for never. */
  readonly deadline: number | undefined;
  /** The limit that its caller gave it; undefined for none. */
  readonly timeoutMs: number | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Gives the call up at its holder. */
  guard: WaitGuard | undefined;
  /** The queue at first, and from the send on the calls of the connection that it was sent on. */
  holder: CallHolder;
  /** 0 until it was sent. */
  messageId: number;
  sentAt: number;
  /** The streams that its arguments name. */
  children: readonly NamedStream[] | undefined;
}

/** Rejects the call. Nobody will read the streams among the arguments of one that was never sent. */
export function endCall(pending: PendingCall, error: unknown, serializer: Serializer): void {
  pending.guard?.end();
  if (pending.messageId === 0) {
    releaseArguments(pending.verb.args ?? serializer, pending.args);
  }
  setNaming(pending.children, 'refused');
  pending.reject(error);
}
