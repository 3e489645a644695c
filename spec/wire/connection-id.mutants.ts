import { isValidConnectionId } from '../../lib/wire/connection-id.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-W14',
    of: isValidConnectionId,
    find: '(id & SHARD_MASK)',
    replace: 'id',
    why: 'an id without a shard is taken for valid',
  },
];
