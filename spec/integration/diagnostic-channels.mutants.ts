import { Consumed } from '../../lib/stream/value/consumed.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'X11',
    of: Consumed,
    in: '#halfOf',
    find: 'if (document !== undefined) told?.onHeaders();',
    replace: '',
    why: 'nobody is told that the headers of a stream have come',
  },
];
