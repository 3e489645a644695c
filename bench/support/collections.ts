import { constants, PerformanceObserver } from 'node:perf_hooks';

import type { Figures } from './workload.ts';

/** Collections of garbage in one process. */
export interface Collections {
  /** Of the whole heap. They take ten times as long as the others, or more. */
  readonly major: number;
  /** Of what is new. */
  readonly minor: number;
}

/** What both sides have collected so far. */
export interface CollectionsOfBoth {
  readonly server: Collections;
  readonly client: Collections;
}

/** Counts the collections of this process. */
export class CollectionCounter {
  readonly #observer = new PerformanceObserver((list) => this.#add(list.getEntries()));
  #major = 0;
  #minor = 0;

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Those since the counter was made. */
  count(): Collections {
    this.#add(this.#observer.takeRecords());
    return { major: this.#major, minor: this.#minor };
  }

  #add(entries: ReturnType<PerformanceObserver['takeRecords']>): void {
    for (const entry of entries) {
      // The types of Node leave the detail out.
      const { kind } = (entry as unknown as { readonly detail: { readonly kind: number } }).detail;
      if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) this.#major++;
      else if (kind === constants.NODE_PERFORMANCE_GC_MINOR) this.#minor++;
    }
  }
}

/** Names of a round's counts. They are no figures of their own: they are printed beside one. */
const NAMES = {
  server: { major: '.gc.server.major', minor: '.gc.server.minor' },
  client: { major: '.gc.client.major', minor: '.gc.client.minor' },
} as const;

/** The counts between the two, among the figures of a round. */
export function collectionFigures(before: CollectionsOfBoth, after: CollectionsOfBoth): Figures {
  const figures: Record<string, number> = {};
  for (const side of ['server', 'client'] as const) {
    for (const kind of ['major', 'minor'] as const) {
      figures[NAMES[side][kind]] = after[side][kind] - before[side][kind];
    }
  }
  return figures;
}

/** The mean counts of the rounds; undefined if they were not counted. */
export function meanCollections(rounds: readonly Figures[]): CollectionsOfBoth | undefined {
  const mean = (name: string): number =>
    rounds.reduce((sum, figures) => sum + (figures[name] ?? Number.NaN), 0) / rounds.length;
  const of = ({ major, minor }: Readonly<Record<keyof Collections, string>>): Collections => ({
    major: mean(major),
    minor: mean(minor),
  });
  const both = { server: of(NAMES.server), client: of(NAMES.client) };
  return Number.isNaN(both.server.major) ? undefined : both;
}
