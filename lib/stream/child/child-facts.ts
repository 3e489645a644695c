import type { FrameInput } from '../../connection/link/frame-input.ts';
import type { Link } from '../../connection/link/link.ts';
import { StreamClosedError } from '../../errors/errors.ts';
import { mayEndConnection } from './end-policy.ts';
import type { HalfState } from '../half/half-state.ts';
import type { Naming } from '../half/named-stream.ts';
import type { Parent } from '../half/parent.ts';

/** Where a child connection stands: what its rules are judged by. */
export interface ChildFacts {
  readonly link: Link;
  readonly parent: Parent;
  readonly input: FrameInput<unknown>;
  readonly sinkState: HalfState;
  readonly sourceState: HalfState;
  readonly naming: Naming;
  /** Whether we accepted the connection; else we dialed it. */
  readonly isAccepted: boolean;
  /** Whether both ends speak our extension. */
  readonly hasExtension: boolean;
}

/** The next step towards the end: nothing, to give the connection up, to end it, or to see to it that the peer does. */
export type EndStep = 'none' | 'close' | 'end' | 'await-peer';

/** The step that a child connection needs now. Both its halves may be finished. */
export function endStep(child: ChildFacts): EndStep {
  const { sinkState, sourceState, link, naming } = child;
  if (!sinkState.isFinished || !sourceState.isFinished) return 'none';
  if (sinkState.phase === 'failed' || sourceState.phase === 'failed') return 'close';
  if (link.phase !== 'open') return 'none';
  const hasSink = sinkState.phase !== 'unopened';
  if (!hasSink && sourceState.phase === 'unopened') return 'none';
  const mayEnd = mayEndConnection({
    naming,
    isAccepted: child.isAccepted,
    hasExtension: child.hasExtension,
    isPeerEnded: link.isPeerEnded,
    hasSink,
    isFinSentAtOnce: child.parent.environment.compatibility.isFinSentAtOnce,
  });
  if (mayEnd) return 'end';
  return naming === 'calling' ? 'none' : 'await-peer';
}

/** Whether both directions are over and nobody can open one any more: an end that harms nothing. */
export function isComplete({
  sinkState,
  sourceState,
  link,
  naming,
  isAccepted,
}: ChildFacts): boolean {
  if (!sinkState.isFinished || !sourceState.isFinished) return false;
  if (isAccepted) return sourceState.phase === 'ended' && link.phase !== 'open';
  return sinkState.phase === 'ended' && naming === 'named';
}

/** Whether the peer or the network ended the stream before its time, or nothing ever came of it. */
export function isBroken({ sinkState, sourceState, link }: ChildFacts): boolean {
  if (!sinkState.wasOpen && !sourceState.wasOpen) return true;
  // Nobody has read so far as to notice.
  if (sourceState.phase === 'open' && !link.isPeerEnded) return true;
  return sinkState.isBroken || sourceState.isBroken;
}

/** Whether the peer can't open our source any more, so that what comes is of no use. */
export function isSourceUnwanted({ sourceState, naming }: ChildFacts): boolean {
  return sourceState.phase === 'unopened' && (naming === 'named' || naming === 'refused');
}

/** Why no more messages come, once all whole ones are taken. */
export function inputEnd({ input, link }: ChildFacts): unknown {
  const { cutFrame, end } = input;
  if (cutFrame === undefined || !link.isPeerEnded) return end;
  return new StreamClosedError(`unexpected eof ${cutFrame}`, 'remote', end);
}
