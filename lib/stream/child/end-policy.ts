import type { Naming } from '../half/named-stream.ts';

/** The facts that decide which side ends a finished stream's connection. */
export interface EndSituation {
  readonly naming: Naming;
  readonly isAccepted: boolean;
  readonly hasExtension: boolean;
  readonly isPeerEnded: boolean;
  /** Whether we have sent anything, of which the peer may still have to read the end. */
  readonly hasSink: boolean;
  readonly isFinSentAtOnce: boolean;
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
export function mayEndConnection(situation: EndSituation): boolean {
  if (situation.isFinSentAtOnce || situation.isPeerEnded) return true;
  if (situation.naming === 'calling') return false;
  if (situation.isAccepted) return situation.hasExtension || !situation.hasSink;
  return situation.naming !== 'named';
}

/**
 * Whether a call may still name the stream, so that it is to be kept though its connection is closed:
 * its bytes, end and close may all come before the call, which travels on another connection.
 */
export function mayStillBeNamed(naming: Naming, isAccepted: boolean, isOrphaned: boolean): boolean {
  if (naming === 'calling') return true;
  return naming === 'unnamed' && isAccepted && !isOrphaned;
}
