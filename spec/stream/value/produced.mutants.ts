import { Produced } from '../../../lib/stream/value/produced.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'K9',
    of: Produced,
    in: 'setNaming',
    find: "naming !== 'refused'",
    replace: "naming !== 'unnamed'",
    why: 'a stream outlives the call that failed with it',
  },
];
