import { type StreamEvent, streamFinish, streamStart } from '../../diagnostics/channels.ts';
import type { StreamFigures } from '../../diagnostics/stream-figures.ts';
import { redactConnectionId } from '../../wire/connection-id.ts';
import type { HalfListener } from './half-listener.ts';
import type { HalfState } from './half-state.ts';

/**
 * Reports the life of one direction of a verb's stream, from its beginning. Without a subscriber no
 * object is made.
 */
export function tellHalf(
  side: StreamEvent['side'],
  id: bigint,
  state: HalfState,
  half: HalfListener,
): void {
  if (!streamStart.hasSubscribers && !streamFinish.hasSubscribers) return;
  const event: StreamEvent = {
    side,
    kind: 'verb',
    number: undefined,
    id: redactConnectionId(id),
    items: 0,
    lastItemBytes: 0,
  };
  state.onOver = () => tellFinish(event, half, state.cause);
  streamStart.publish(event);
  // A stream may be over before its half is opened.
  if (state.isFinished) state.onOver();
}

/** The event of a stream in a value that begins. */
export function valueEvent(side: StreamEvent['side'], number: number): StreamEvent {
  return { side, kind: 'value', number, id: undefined, items: 0, lastItemBytes: 0 };
}

/**
 * Reports that one direction of a stream is over; with an error unless it was sent or read to its
 * end.
 */
export function tellFinish(
  event: StreamEvent,
  half: { figures(): StreamFigures },
  error: unknown,
): void {
  if (!streamFinish.hasSubscribers) return;
  const { items, bytes, waitedMs } = half.figures();
  event.items = items;
  event.bytes = bytes;
  event.waitedMs = waitedMs;
  event.error = error;
  streamFinish.publish(event);
}
