import { mayEndConnection } from '../../lib/stream/child/end-policy.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-S8',
    of: mayEndConnection,
    find: "naming !== 'named'",
    replace: 'true',
    why: 'a client ends its connection before a Seastar has read the end of stream',
  },
];
