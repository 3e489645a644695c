import type { WaitGuard } from '../../base/waiting.ts';
import type { NamedStream } from '../../stream/half/named-stream.ts';
import type { Signature, Verb } from '../../verb/verb.ts';

/** One call from the moment it is made until it is settled. */
export interface PendingCall {
  readonly verb: Verb<Signature>;
  readonly args: unknown[];
  /** When it has failed, by the clock; undefined for never. */
  readonly deadline: number | undefined;
  /** What its caller gave it; undefined for no limit. */
  readonly timeoutMs: number | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  guard: WaitGuard | undefined;
  /** 0 until it was sent. */
  messageId: number;
  sentAt: number;
  /** The streams that its arguments name. */
  children: readonly NamedStream[] | undefined;
}
