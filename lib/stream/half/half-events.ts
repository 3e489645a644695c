import { captureContext } from '../../base/async-context.ts';
import { areStreamsWatched, type CallEvent, type StreamEvent } from '../../diagnostics/channels.ts';
import type { WatchedCall } from '../../diagnostics/watched-call.ts';
import { redactConnectionId } from '../../wire/connection-id.ts';
import type { HalfListener } from './half-listener.ts';
import type { HalfState } from './half-state.ts';
import { ToldStream } from './told-stream.ts';

/** One direction of a verb's stream that somebody watches. */
export class ToldHalf {
  readonly #event: StreamEvent;
  readonly #state: HalfState;
  readonly #half: HalfListener;
  #told: ToldStream | undefined;

  constructor(event: StreamEvent, state: HalfState, half: HalfListener) {
    this.#event = event;
    this.#state = state;
    this.#half = half;
    state.onOver = () => {
      this.start(undefined);
      this.#told?.finish(half, state.cause);
    };
  }

  /** Tells the start, once. A call that names the stream gives it its context. */
  start(call: WatchedCall | undefined): void {
    this.#event.call ??= call?.event;
    if (this.#told !== undefined) return;
    this.#told = new ToldStream(this.#event, call?.run ?? captureContext());
    // A stream may be over before its half is opened.
    if (this.#state.isFinished) this.#told.finish(this.#half, this.#state.cause);
  }

  /** Its window is full, and its reader has acknowledged nothing for long. */
  onUnacknowledged(): void {
    this.#told?.onUnacknowledged();
  }
}

/**
 * Watches one direction of a verb's stream, if anybody subscribes. Its start is told by
 * {@link ToldHalf.start}, or ahead of its finish.
 */
export function tellHalf(
  side: StreamEvent['side'],
  id: bigint,
  state: HalfState,
  half: HalfListener,
): ToldHalf | undefined {
  if (!areStreamsWatched()) return undefined;
  return new ToldHalf(makeEvent(side, 'verb', undefined, id), state, half);
}

/** The event of a stream in a value that begins on this lane. */
export function valueEvent(
  side: StreamEvent['side'],
  number: number,
  lane: bigint,
  call: CallEvent | undefined,
): StreamEvent {
  return { ...makeEvent(side, 'value', number, lane), call };
}

function makeEvent(
  side: StreamEvent['side'],
  kind: StreamEvent['kind'],
  number: number | undefined,
  id: bigint,
): StreamEvent {
  const shown = redactConnectionId(id);
  return { side, kind, number, id: shown, call: undefined, items: 0, lastItemBytes: 0 };
}
