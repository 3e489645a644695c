import type { Naming } from '../half/named-stream.ts';
import type { EndingChild } from './child-facts.ts';

/** A child with two finished halves. */
type FinishedChild = Pick<EndingChild, 'agreed' | 'naming' | 'sinkState'> & {
  readonly link: Pick<EndingChild['link'], 'isPeerEnded'>;
  readonly parent: Pick<EndingChild['parent'], 'environment'>;
};

/**
 * The next step towards the end: none; give the connection up; end it; or make sure that the peer
 * ends it.
 */
export type EndStep = 'none' | 'close' | 'end' | 'await-peer';

/** The step that a child connection needs now. Both its halves may be finished. */
export function endStep(child: EndingChild): EndStep {
  const { sinkState, sourceState, link, naming } = child;
  if (!sinkState.isFinished || !sourceState.isFinished) return 'none';
  if (sinkState.phase === 'failed' || sourceState.phase === 'failed') return 'close';
  if (link.phase !== 'open') return 'none';
  if (sinkState.phase === 'unopened' && sourceState.phase === 'unopened') return 'none';
  if (mayEndConnection(child)) return 'end';
  return naming === 'calling' ? 'none' : 'await-peer';
}

/**
 * Whether we may end the connection of a stream after both its halves are finished at our end.
 *
 * Towards a Seastar, we wait for its FIN: a Seastar reader that has not reached its end of stream
 * loses it if our FIN follows at once. A Seastar sends its FIN by itself, unless it never learned
 * of the stream, or its call has failed. If both ends are ours, the accepting side ends first. It
 * also does so if it has sent nothing that must be read. While a call that names the stream is not
 * answered, its other half may still be opened.
 */
export function mayEndConnection({
  agreed,
  link,
  naming,
  parent,
  sinkState,
}: FinishedChild): boolean {
  if (parent.environment.compatibility.isFinSentAtOnce || link.isPeerEnded) return true;
  if (naming === 'calling') return false;
  if (!agreed.isAccepted) return naming !== 'named';
  return agreed.capabilities.confirmations || sinkState.phase === 'unopened';
}

/**
 * Whether a call may still name the stream. The stream is kept for it although its connection is
 * closed: bytes, end and close of a stream may all come before the call, which travels on another
 * connection.
 */
export function mayStillBeNamed(naming: Naming, isAccepted: boolean, isOrphaned: boolean): boolean {
  if (naming === 'calling') return true;
  return naming === 'unnamed' && isAccepted && !isOrphaned;
}
