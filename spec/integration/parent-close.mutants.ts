import { ChildEnding } from '../../lib/stream/child/child-ending.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-S10',
    of: ChildEnding,
    in: 'loseParent',
    find: "how === 'lost' &&",
    replace: "how === 'aborted' &&",
    why: 'what the kernel holds is dropped when the parent is lost',
  },
];
