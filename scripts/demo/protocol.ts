/** What the two processes say to each other. Both import this file, so that the types are the same. */

import type { LocalStream, RemoteStream } from '../../lib/index.ts';
import { bytes, packed, type TupleSerializer, tuple } from '../../lib/layout.ts';
import type { Entry } from './entry.ts';

/** How far the replica is: all that it has stored so far, and all that it has waited. */
export interface Applied {
  readonly items: number;
  readonly bytes: number;
  readonly networkMs: number;
  readonly diskMs: number;
  /** Entries that it has got more than once. */
  readonly twice: number;
}

/** Entries travel as two lengths and the bytes themselves: nothing is escaped, and large values are not copied. */
export const ENTRIES: TupleSerializer<[Entry]> = packed(tuple(bytes, bytes));

/** The replica's name at its server. */
export const REPLICA = 'replica';

/** The methods of a replica. */
export interface Replica {
  /** Stores all entries of a stream, and tells how far it is in another one, which ends when all is stored. */
  replicate(entries: RemoteStream<Entry>): LocalStream<Applied>;
  /** Opens the store again and hashes all that is in it. */
  digest(): Promise<string>;
}
