import { decodeException } from '../../lib/wire/exception-body.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-W13',
    of: decodeException,
    find: '!== UNKNOWN_VERB',
    replace: '> UNKNOWN_VERB + 1',
    why: 'an unknown type of exception is taken for an unknown verb',
  },
];
