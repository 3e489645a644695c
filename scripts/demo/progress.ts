import { EventEmitter } from 'node:events';
import { type Entry, entryBytes } from './entry.ts';
import { Waits, type WaitTotals } from './waits.ts';

/** What a run does, in this order. */
export type Phase = 'loading' | 'replicating' | 'verifying';

/** Entries, and the bytes of their keys and values. */
export interface Amount {
  readonly items: number;
  readonly bytes: number;
}

const NOTHING: Amount = Object.freeze({ items: 0, bytes: 0 });

/** How far a run is, for whoever looks now and then. Emits `begin` and `end` for each phase but the last, which nothing ends. */
export class Progress extends EventEmitter<{ begin: []; end: [] }> {
  /** What this process waits for while it replicates. */
  readonly sender: Waits = new Waits();
  /** What the replica has waited for, as it said last. */
  replica: WaitTotals = { networkMs: 0, diskMs: 0 };
  /** The replica's process. */
  replicaPid: number | undefined;
  /** Connections that were cut while it replicates. */
  cuts = 0;
  /** Entries that were sent again after a cut. */
  resent = 0;
  /** Whether a cut has not been made up for: nothing has arrived since. */
  isCatchingUp = false;
  #phase: Phase | undefined;
  #done: Amount = NOTHING;
  #total: Amount | undefined;

  /** What goes on; undefined before it begins. */
  get phase(): Phase | undefined {
    return this.#phase;
  }

  /** What the phase has done. */
  get done(): Amount {
    return this.#done;
  }

  /** What the phase has to do; undefined if nobody knows. */
  get total(): Amount | undefined {
    return this.#total;
  }

  /** Ends the last phase and begins another, with nothing done. */
  begin(phase: Phase, total?: Amount): void {
    if (this.#phase !== undefined) this.emit('end');
    this.#phase = phase;
    this.#done = NOTHING;
    this.#total = total;
    this.emit('begin');
  }

  /** So much of the phase is done. */
  reach({ items, bytes }: Amount): void {
    this.#done = { items, bytes };
    this.isCatchingUp = false;
  }

  /** A connection was cut. What comes next has been sent again, or was late. */
  noteCut(): void {
    this.cuts++;
    this.isCatchingUp = true;
  }

  /** These entries are done, too. */
  add(batch: readonly Entry[]): void {
    const bytes = batch.reduce((sum, entry) => sum + entryBytes(entry), this.#done.bytes);
    this.#done = { items: this.#done.items + batch.length, bytes };
  }
}
