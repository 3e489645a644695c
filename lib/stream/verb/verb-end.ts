import { MisuseError } from '../../errors/errors.ts';
import type { HalfState } from '../half/half-state.ts';
import type { Naming, Telling } from '../half/named-stream.ts';

/** The facts about a stream that decide whether it is over. */
interface EndingStream {
  readonly isAccepted: boolean;
  readonly naming: Naming;
  readonly sinkState: HalfState;
  /** Whether the peer's reader has taken the end, or never will; undefined while there is no sink. */
  readonly isSinkOver: boolean | undefined;
  readonly segment: { readonly sourceState: HalfState };
  /** Whether our reader is done, and the peer was told. */
  readonly reading: { readonly isOver: boolean };
}

/** Whether both directions are over. One that no call can open any more counts as over. */
export function isStreamOver(stream: EndingStream): boolean {
  return isForsaken(stream) || (isSinkOver(stream) && isSourceOver(stream));
}

/** Whether a call may still open a direction. */
export function mayBeNamed({ naming }: Pick<EndingStream, 'naming'>): boolean {
  return naming === 'unnamed' || naming === 'calling';
}

/** Whether no call has named a client's stream, or that call has failed, and no other can name it. */
function isForsaken({ isAccepted, naming, sinkState }: EndingStream): boolean {
  const { phase } = sinkState;
  if (isAccepted || phase === 'open') return false;
  return naming === 'refused' || (naming === 'unnamed' && phase === 'failed');
}

function isSinkOver(stream: EndingStream): boolean {
  return stream.isSinkOver ?? (stream.sinkState.phase === 'failed' || !mayBeNamed(stream));
}

function isSourceOver(stream: EndingStream): boolean {
  if (stream.reading.isOver) return true;
  return stream.segment.sourceState.phase === 'unopened' && !mayBeNamed(stream);
}

/** @throws MisuseError if the sink was made before, or only the peer may; StreamClosedError if it is too late. */
export function checkMayMakeSink({
  isAccepted,
  hasEnded,
  sinkState,
}: Pick<EndingStream, 'isAccepted' | 'sinkState'> & { readonly hasEnded: boolean }): void {
  if (!isAccepted) {
    const text = 'only the side that accepted a stream makes its second direction';
    throw new MisuseError(text, 'stream');
  }
  if (sinkState.phase === 'failed' || hasEnded) throw sinkState.closedError();
  if (sinkState.phase !== 'unopened') {
    throw new MisuseError('the sink of this stream was made before', 'stream');
  }
}

/** Whether the user of the stream's directions learns of its failure. */
export function tellingOfStream(
  { sinkState, segment }: Pick<EndingStream, 'sinkState' | 'segment'>,
  isFailureTold: boolean,
  isAwaited: boolean,
): Telling {
  if (isFailureTold) return 'told';
  if (isAwaited) return 'pending';
  return isInUse(sinkState) || isInUse(segment.sourceState) ? 'later' : 'never';
}

function isInUse(state: HalfState): boolean {
  return state.phase === 'open' || state.isBroken;
}
