/** The end of stream that the peer has sent on a child: when it counts as taken, and what follows. */

import { ProtocolError } from '../../errors/errors.ts';
import type { ChildMessage } from '../../wire/main-message.ts';
import { EOS } from '../../wire/stream-frame.ts';
import type { ChildEnding } from './child-ending.ts';
import type { EndingChild } from './child-facts.ts';

/** A child connection whose input is read. */
export interface ReadChild extends EndingChild {
  readonly ending: ChildEnding;
  /** A message can't be read. */
  abortSource(error: unknown): void;
}

/** An empty stream's end counts as taken at once: a handler that only sends need not read. */
export function takeEmptyStream(child: ReadChild): void {
  if (child.sourceState.phase !== 'open') return;
  try {
    if (child.input.takenFrames > 0 || child.input.peek() !== EOS) return;
  } catch (error) {
    child.abortSource(error);
    return;
  }
  onEosTaken(child);
}

/** The reader has taken the end of stream. */
export function onEosTaken(child: ReadChild): void {
  const { agreed, ending, input, link, sourceState } = child;
  sourceState.finish();
  tellOfReader(child, 'eos-taken');
  if (!agreed.capabilities.confirmations && link.isPeerEnded) ending.onFin();
  const isMoreHeld = input.heldBytes > 0;
  // Nothing is worth a pause any more, and the peer's end must not be missed.
  input.release();
  if (isMoreHeld) onDataAfterEos(child);
  else ending.maybeEnd();
}

/** Bytes have come behind the end of stream. */
export function onDataAfterEos(child: ReadChild): void {
  const { name, environment } = child.parent;
  if (environment.compatibility.isDataAfterEosIgnored) {
    child.ending.maybeEnd();
    return;
  }
  const error = new ProtocolError('the peer sent a message after end of stream', 'stream');
  environment.log.write('warn', name, error.message);
  child.abort(error, 'remote');
}

/** Tells the peer about the reader of its stream, if the peer speaks our extension. */
export function tellOfReader({ agreed, id, parent }: ReadChild, kind: ChildMessage['kind']): void {
  if (agreed.capabilities.confirmations) parent.tellPeer({ kind, streamId: id });
}
