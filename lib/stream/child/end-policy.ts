import type { Naming } from '../half/named-stream.ts';
import type { EndingChild } from './child-facts.ts';

/** A child both halves of which are finished. */
type FinishedChild = Pick<EndingChild, 'agreed' | 'naming' | 'sinkState'> & {
  readonly link: Pick<EndingChild['link'], 'isPeerEnded'>;
  readonly parent: Pick<EndingChild['parent'], 'environment'>;
};

/** The next step towards the end: nothing, to give the connection up, to end it, or to see to it that the peer does. */
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
 * A Seastar reader that has not come to its end of stream yet loses it when a FIN follows at once, so
 * towards a Seastar we wait for its FIN, which it sends by itself. It does not when it never learned
 * of the stream, or its call failed. Between two of us the accepting side ends first, and so it does
 * where it has nothing to be read. While a call
 * that names the stream is not answered, its other half may still be opened.
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
 * Whether a call may still name the stream, so that it is to be kept though its connection is closed:
 * its bytes, end and close may all come before the call, which travels on another connection.
 */
export function mayStillBeNamed(naming: Naming, isAccepted: boolean, isOrphaned: boolean): boolean {
  if (naming === 'calling') return true;
  return naming === 'unnamed' && isAccepted && !isOrphaned;
}
