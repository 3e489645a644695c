import type { Agreed } from '../../connection/handshake/agreed.ts';
import type { FrameInput } from '../../connection/link/frame-input.ts';
import type { Link } from '../../connection/link/link.ts';
import { StreamClosedError } from '../../errors/errors.ts';
import type { Initiator } from '../../errors/rpc-error.ts';
import type { HalfState } from '../half/half-state.ts';
import type { Naming, Telling } from '../half/named-stream.ts';
import type { Parent } from '../half/parent.ts';

/** The facts about a child connection that decide how it ends. */
export interface EndingChild {
  readonly id: bigint;
  readonly link: Link;
  readonly parent: Parent;
  readonly input: FrameInput<unknown>;
  readonly sinkState: HalfState;
  readonly sourceState: HalfState;
  readonly naming: Naming;
  readonly agreed: Agreed;
  setNaming(naming: Naming): void;
  abort(cause: unknown, initiator: Initiator): void;
}

/** Whether both directions are over and nobody can open one any more. Such an end does no harm. */
export function isComplete({ sinkState, sourceState, link, naming, agreed }: EndingChild): boolean {
  if (!sinkState.isFinished || !sourceState.isFinished) return false;
  if (agreed.isAccepted) return sourceState.phase === 'ended' && link.phase !== 'open';
  return sinkState.phase === 'ended' && naming === 'named';
}

/** Whether the peer or the network ended the stream early, or the stream was never used. */
export function isBroken({ sinkState, sourceState, link }: EndingChild): boolean {
  if (!sinkState.wasOpen && !sourceState.wasOpen) return true;
  // The reader has not come so far as to notice.
  if (sourceState.phase === 'open' && !link.isPeerEnded) return true;
  return sinkState.isBroken || sourceState.isBroken;
}

/** Whether the peer can't open our source any more, so that received bytes are of no use. */
export function isSourceUnwanted({ sourceState, naming }: EndingChild): boolean {
  return sourceState.phase === 'unopened' && (naming === 'named' || naming === 'refused');
}

/** Whether the user of the halves, who was not told yet, will learn of a failure. */
export function tellingOfHalves({ input, link, sinkState, sourceState }: EndingChild): Telling {
  const { writer } = link;
  const isClosing = sinkState.phase === 'ended' && writer.bufferedBytes > 0;
  if (isClosing || writer.waits?.isAwaited === true || input.isWaiting) return 'pending';
  return isInUse(sinkState) || isInUse(sourceState) ? 'later' : 'never';
}

function isInUse(state: HalfState): boolean {
  return state.phase === 'open' || state.isBroken;
}

/** The reason why no more messages come, once all whole ones are taken. */
export function inputEnd({ input, link }: EndingChild): unknown {
  const { cutFrame, end } = input;
  if (cutFrame === undefined || !link.isPeerEnded) return end;
  return new StreamClosedError(`unexpected eof ${cutFrame}`, 'remote', end);
}

/** The number of messages that were read. */
export function receivedMessages({ input, sourceState }: EndingChild): number {
  // End of stream is a frame as well. That of a stream without messages need not be taken.
  return sourceState.phase === 'ended' ? Math.max(0, input.takenFrames - 1) : input.takenFrames;
}
