/** What the two processes say to each other. Both import this file, so that the types are the same. */

import {
  bytes,
  f64,
  packed,
  type Serializer,
  sinkOf,
  sourceOf,
  string,
  u64,
} from '../../lib/layout.ts';
import { type Sink, type Source, type Verb, verb } from '../../lib/index.ts';
import type { Entry } from './entry.ts';

/** How far the replica is: all that it has stored so far, and all that it has waited. */
export type Applied = [items: bigint, bytes: bigint, networkMs: number, diskMs: number];

/** Entries travel as two lengths and the bytes themselves: nothing is escaped, and large values are not copied. */
export const ENTRIES: Serializer<Entry> = packed(bytes, bytes);

/** What comes back the other way. */
export const PROGRESS: Serializer<Applied> = packed(u64, u64, f64, f64);

/** Stores all entries of a stream, and tells how far it is on the other direction of the same connection. */
export const replicateVerb: Verb<(entries: Source<Entry>) => Sink<Applied>> = verb(1, {
  args: packed(sourceOf(ENTRIES)),
  result: packed(sinkOf(PROGRESS)),
});

/** Opens the replica's store again and says what is in it: the hash, the number of entries, and their bytes. */
export const digestVerb: Verb<() => [hash: string, items: bigint, bytes: bigint]> = verb(2, {
  args: packed(),
  result: packed(string, u64, u64),
});
