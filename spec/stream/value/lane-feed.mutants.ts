import { LaneFeed } from '../../../lib/stream/value/lane-feed.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B1-take',
    of: LaneFeed,
    in: '#isWritten',
    find: 'sentEnd <= writer.sentBytes',
    replace: 'true',
    why: 'the slabs of a stream carry the bytes of others before the kernel has theirs',
  },
  {
    row: 'B1-take',
    of: LaneFeed,
    in: 'attach',
    find: 'this.#kept.leaveLane();',
    replace: '',
    why: 'the slabs of a stream carry the bytes of others while an earlier lane may send theirs',
  },
];
