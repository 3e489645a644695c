import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';

import type { CallEvent, StreamEvent } from '../../lib/diagnostics.ts';
import { callContext } from '../../lib/index.ts';

/**
 * How a recorder learns which call the running code belongs to: by a store that it has bound to the
 * channels, or by the call's context alone.
 */
export type TraceMode = 'bindStore' | 'callContext';

/** A part of a trace, as plain values. */
export interface Span {
  readonly name: string;
  /** Its place and that of its parent among the spans of its process; no parent for the first of a trace. */
  readonly id: number;
  readonly parent: number | undefined;
  /** A call, as both of its ends know it. */
  key?: string;
  isOver?: boolean;
}

/** Makes spans of the events of one process, and of nothing else. */
export class TraceRecorder {
  readonly spans: Span[] = [];
  readonly #mode: TraceMode;
  readonly #store = new AsyncLocalStorage<Span>();
  readonly #ofEvent = new WeakMap<object, Span>();
  /** The spans of the calls that this process serves. */
  readonly #ofContext = new WeakMap<object, Span>();
  readonly #calls = tracingChannel<Span, CallEvent>('sluice:call');
  readonly #streams = channel('sluice:stream:start');

  constructor(mode: TraceMode) {
    this.#mode = mode;
  }

  /** Listens from now on. */
  start(): this {
    if (this.#mode === 'bindStore') {
      this.#calls.start.bindStore(this.#store, (event) => this.#addCall(event));
      this.#streams.bindStore(this.#store, (event) => this.#addStream(event as StreamEvent));
    } else {
      subscribe('tracing:sluice:call:start', this.#onCall);
      subscribe('sluice:stream:start', this.#onStream);
    }
    subscribe('tracing:sluice:call:asyncEnd', this.#onCallEnd);
    subscribe('sluice:stream:finish', this.#onEnd);
    return this;
  }

  stop(): void {
    this.#calls.start.unbindStore(this.#store);
    this.#streams.unbindStore(this.#store);
    unsubscribe('tracing:sluice:call:start', this.#onCall);
    unsubscribe('sluice:stream:start', this.#onStream);
    unsubscribe('tracing:sluice:call:asyncEnd', this.#onCallEnd);
    unsubscribe('sluice:stream:finish', this.#onEnd);
  }

  readonly #onCall = (event: unknown): void => void this.#addCall(event as CallEvent);
  readonly #onStream = (event: unknown): void => void this.#addStream(event as StreamEvent);
  readonly #onEnd = (event: unknown): void => {
    const span = this.#ofEvent.get(event as object);
    if (span !== undefined) span.isOver = true;
  };
  readonly #onCallEnd = (event: unknown): void => {
    const span = this.#ofEvent.get(event as object);
    // A client learns these when it sends the call.
    if (span !== undefined) span.key = keyOf(event as CallEvent);
    this.#onEnd(event);
  };

  #addCall(event: CallEvent): Span {
    const { side, method, verb } = event;
    // The parent of a served call is in the process of its caller.
    const parent = side === 'client' ? this.#current() : undefined;
    const span = this.#add(event, `${side} ${method ?? verb}`, parent);
    if (side === 'server') span.key = keyOf(event);
    if (side === 'server' && this.#mode === 'callContext') this.#ofContext.set(callContext(), span);
    return span;
  }

  #addStream(event: StreamEvent): Span {
    const { side, call } = event;
    const parent = call && this.#ofEvent.get(call);
    return this.#add(event, `${side} ${call?.method}`, parent);
  }

  #add(event: object, name: string, parent: Span | undefined): Span {
    const span: Span = { name, id: this.spans.length, parent: parent?.id };
    this.spans.push(span);
    this.#ofEvent.set(event, span);
    return span;
  }

  #current(): Span | undefined {
    if (this.#mode === 'bindStore') return this.#store.getStore();
    try {
      return this.#ofContext.get(callContext());
    } catch {
      // Nothing is served here: the call is the first of its trace.
      return undefined;
    }
  }
}

function keyOf({ connectionId, callId }: CallEvent): string {
  return `${connectionId} ${callId}`;
}

/** The spans of several processes as one tree: each line is indented below its parent. */
export function traceTree(...processes: readonly (readonly Span[])[]): string[] {
  const lines: string[] = [];
  const add = (spans: readonly Span[], span: Span, depth: number): void => {
    lines.push(`${'  '.repeat(depth)}${span.name}${span.isOver === true ? '' : ' goes on'}`);
    if (span.name.startsWith('client ')) {
      for (const others of processes) {
        const served = others.find(
          ({ name, key }) => name.startsWith('server ') && key === span.key,
        );
        if (served !== undefined) add(others, served, depth + 1);
      }
    }
    for (const child of spans) if (child.parent === span.id) add(spans, child, depth + 1);
  };
  for (const spans of processes) {
    for (const span of spans) {
      if (span.parent === undefined && !span.name.startsWith('server ')) add(spans, span, 0);
    }
  }
  return lines;
}
