import { RunningCall } from '../../../lib/call/server/running-call.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-C5',
    of: RunningCall,
    in: 'isGivenUp',
    find: '>= this.deadline',
    replace: '> this.deadline',
    why: 'a reply is sent at the deadline, when the caller has given up',
  },
];
