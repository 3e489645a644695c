import { crc32 } from 'node:zlib';

/** Something that has happened in a world. */
export interface TraceEntry {
  /** By the time of the world. */
  readonly atMs: number;
  /** The kind of event: `start`, `crash`, `dial`, `sent`, `data`, `note` and so on. */
  readonly kind: string;
  /** The name of the node where it has happened; empty for the world itself. */
  readonly node: string;
  /** The node at the other end of a connection. */
  readonly peer?: string | undefined;
  /** The connection, counted in the order of dialing from 1. */
  readonly connection?: number | undefined;
  /** The details, in words. */
  readonly text: string;
  /** The bytes that the system of the node has taken to send (`sent`), or that have arrived (`data`). */
  readonly bytes?: Buffer | undefined;
}

/** All that has happened in a world, in order. The same seed gives the same text to the byte. */
export class Trace {
  readonly #entries: TraceEntry[] = [];
  readonly #schedule: { readonly nowMs: number };

  /** @internal */
  constructor(schedule: { readonly nowMs: number }) {
    this.#schedule = schedule;
  }

  /** All entries, in order. */
  get entries(): readonly TraceEntry[] {
    return this.#entries;
  }

  /** @internal Adds an event of now. */
  add(entry: Omit<TraceEntry, 'atMs'>): void {
    this.#entries.push({ atMs: this.#schedule.nowMs, ...entry });
  }

  /** One line for each entry. */
  toString(): string {
    return this.#entries.map(lineOf).join('\n');
  }
}

function lineOf({ atMs, kind, node, peer, connection, text, bytes }: TraceEntry): string {
  const [from, to] = kind === 'sent' ? [node, peer] : [peer, node];
  const place = peer === undefined ? node : `${from}>${to}`;
  const id = connection === undefined ? '' : `#${connection}`;
  const sum = bytes === undefined ? '' : ` ${bytes.length} bytes ${crc32(bytes).toString(16)}`;
  const parts = [atMs.toFixed(3), kind, `${place}${id}`, `${text}${sum}`.trim()];
  return oneLine(parts.filter((part) => part !== '').join(' '));
}

/** Notes and messages of errors may have several lines. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' / ');
}
