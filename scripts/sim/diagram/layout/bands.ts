/** Things that last: processes, partitions, blocked loops, silent connections. */

import type { TraceEntry } from '../../../../lib/simulation/world/trace.ts';
import type { Moment } from './moment.ts';

/** Something that lasts, at a node or between two. */
export interface Band {
  /** `dead`: between a crash and the next start. */
  readonly kind: 'alive' | 'dead' | 'partition' | 'block' | 'silence';
  readonly node: string;
  readonly peer: string | undefined;
  readonly text: string;
  readonly from: Moment;
  /** Undefined for the end of the world. */
  readonly to: Moment | undefined;
}

type OpenBand = Omit<Band, 'to'>;

/** All bands of a trace. */
export function readBands(entries: readonly TraceEntry[]): Band[] {
  const reading = new BandReading();
  for (const [order, entry] of entries.entries()) reading.read(entry, order);
  return reading.end();
}

class BandReading {
  readonly #bands: Band[] = [];
  readonly #open = new Map<string, OpenBand>();

  read(entry: TraceEntry, order: number): void {
    const { kind, node, peer, connection, text, atMs } = entry;
    const from = { atMs, order };
    switch (kind) {
      case 'start':
        this.#finish(`dead ${node}`, from);
        return this.#begin(`alive ${node}`, { kind: 'alive', node, peer: undefined, text, from });
      case 'crash':
        this.#finish(`alive ${node}`, from);
        return this.#begin(`dead ${node}`, { kind: 'dead', node, peer: undefined, text, from });
      case 'partition':
        return this.#begin(`ways ${pairOf(node, peer)}`, { kind, node, peer, text: kind, from });
      case 'heal':
        return this.#heal(node, peer, from);
      case 'silence': {
        const silent = `silent: #${connection} ${text}`;
        return this.#begin(`silence ${connection}`, { kind, node, peer, text: silent, from });
      }
      case 'close':
        return this.#finish(`silence ${connection}`, from);
      case 'block': {
        const to = { atMs: atMs + Number.parseFloat(text), order };
        this.#bands.push({ kind, node, peer, text: `blocked for ${text}`, from, to });
      }
    }
  }

  /** All bands. Those that are open last until the world ends. */
  end(): Band[] {
    const open = [...this.#open.values()].map((band) => ({ ...band, to: undefined }));
    return [...this.#bands, ...open];
  }

  #begin(key: string, band: OpenBand): void {
    if (!this.#open.has(key)) this.#open.set(key, band);
  }

  #finish(key: string, to: Moment): void {
    const band = this.#open.get(key);
    if (band === undefined) return;
    this.#open.delete(key);
    this.#bands.push({ ...band, to });
  }

  /** Ends the partition of two nodes, those of one, or all. */
  #heal(node: string, peer: string | undefined, to: Moment): void {
    const healed = [node, peer].filter((name) => name !== undefined && name !== 'all');
    for (const [key, band] of this.#open) {
      const isOne = healed.every((name) => name === band.node || name === band.peer);
      if (band.kind === 'partition' && isOne) this.#finish(key, to);
    }
  }
}

function pairOf(one: string, other = ''): string {
  return one < other ? `${one}\n${other}` : `${other}\n${one}`;
}
