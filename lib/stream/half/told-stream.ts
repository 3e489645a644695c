import type { Channel } from 'node:diagnostics_channel';

import { captureContext, type RunInContext } from '../../base/async-context.ts';
import {
  type StreamEvent,
  streamFinish,
  streamHeaders,
  streamReceive,
  streamSend,
  streamStart,
  streamUnacknowledged,
} from '../../diagnostics/channels.ts';
import type { StreamFigures } from '../../diagnostics/stream-figures.ts';

/** Of a stream that could not be begun: it has no half. */
const NO_FIGURES: Pick<StreamFigures, 'items' | 'bytes' | 'waitedMs'> = {
  items: 0,
  bytes: 0,
  waitedMs: { producer: 0, budget: 0, network: 0, reader: 0 },
};

/**
 * One direction of a stream that somebody watches, from its start on. All events of it come in one
 * async context: that of its producer or reader, with the stores that subscribers have bound to the
 * channel of its start.
 */
export class ToldStream {
  /** Runs code in the context of the stream. */
  readonly run: RunInContext;
  readonly #event: StreamEvent;
  #isFinished = false;

  /**
   * Tells the start.
   *
   * @param within - the context of the stream; undefined for that of the caller.
   */
  constructor(event: StreamEvent, within?: RunInContext) {
    this.#event = event;
    let run: RunInContext | undefined;
    const start = (): void => {
      streamStart.runStores(event, () => {
        run = captureContext();
      });
    };
    if (within === undefined) start();
    else within(start);
    this.run = run ?? captureContext();
  }

  onHeaders(): void {
    this.#publish(streamHeaders);
  }

  /** An item was sent: the last of so many, with so many bytes. */
  onSent(items: number, bytes: number): void {
    this.#onItem(streamSend, items, bytes);
  }

  /** An item was read: the last of so many, with so many bytes. */
  onReceived(items: number, bytes: number): void {
    this.#onItem(streamReceive, items, bytes);
  }

  /** Its window is full, and its reader has acknowledged nothing for long. */
  onUnacknowledged(): void {
    this.#publish(streamUnacknowledged);
  }

  /** It is over; with an error unless it was sent or read to its end. Only the first time counts. */
  finish(half: { figures(): StreamFigures } | undefined, error: unknown): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    if (!streamFinish.hasSubscribers) return;
    const event = this.#event;
    const { items, bytes, waitedMs } = half?.figures() ?? NO_FIGURES;
    event.items = items;
    event.bytes = bytes;
    event.waitedMs = waitedMs;
    event.error = error;
    this.#publish(streamFinish);
  }

  #onItem(channel: Channel, items: number, bytes: number): void {
    this.#event.items = items;
    this.#event.lastItemBytes = bytes;
    this.#publish(channel);
  }

  #publish(channel: Channel): void {
    if (channel.hasSubscribers) this.run(() => channel.publish(this.#event));
  }
}
