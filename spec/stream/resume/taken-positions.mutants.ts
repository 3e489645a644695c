import { TakenPositions } from '../../../lib/stream/resume/taken-positions.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L7',
    of: TakenPositions,
    in: 'setTerms',
    find: '??= terms',
    replace: '= terms',
    why: 'a producer widens its window by a resume',
  },
  {
    row: 'L6',
    of: TakenPositions,
    in: 'isDue',
    find: 'items >= dueItems',
    replace: 'items > dueItems',
    why: 'an acknowledgement is told an item too late',
  },
];
