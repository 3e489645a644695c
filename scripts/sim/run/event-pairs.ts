import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** The channels of a beginning, and those of its end. */
const PAIRS: readonly (readonly [begin: string, ends: readonly string[]])[] = [
  ['call:start', ['call:finish']],
  ['stream:start', ['stream:finish']],
  ['handshake:start', ['handshake:end', 'handshake:failed']],
  ['connection:open', ['connection:end']],
  ['child:open', ['child:end']],
  ['lane:open', ['lane:end']],
];

type Listener = (event: unknown) => void;

/** Watches all diagnostics channels of the process, and counts beginnings without an end and the like. */
export class EventPairs {
  readonly #open = new Map<object, string>();
  readonly #over = new WeakSet<object>();
  readonly #problems: string[] = [];
  readonly #listeners: (readonly [channel: string, listener: Listener])[] = [];

  constructor() {
    for (const [begin, ends] of PAIRS) {
      this.#listen(begin, (event) => this.#onBegin(begin, event));
      for (const end of ends) this.#listen(end, (event) => this.#onEnd(begin, end, event));
    }
  }

  /** Ends with a wrong beginning or twice, so far. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** What has begun and not ended. */
  get unfinished(): readonly string[] {
    return [...this.#open].map(([event, channel]) => {
      const { side, kind } = event as { readonly side?: string; readonly kind?: string };
      const who = [side, kind].filter((word) => word !== undefined).join(' ');
      return `${channel} of a ${who} without its end`;
    });
  }

  /** Watches no more. */
  end(): void {
    for (const [channel, listener] of this.#listeners) unsubscribe(channel, listener);
  }

  #listen(name: string, listener: Listener): void {
    const channel = `sluice:${name}`;
    subscribe(channel, listener);
    this.#listeners.push([channel, listener]);
  }

  #onBegin(begin: string, event: unknown): void {
    const key = event as object;
    if (this.#open.has(key) || this.#over.has(key)) this.#problems.push(`${begin} came twice`);
    this.#open.set(key, begin);
  }

  #onEnd(begin: string, end: string, event: unknown): void {
    const key = event as object;
    if (this.#over.has(key)) this.#problems.push(`${end} came twice`);
    else if (this.#open.get(key) !== begin) this.#problems.push(`${end} came without ${begin}`);
    this.#open.delete(key);
    this.#over.add(key);
  }
}
