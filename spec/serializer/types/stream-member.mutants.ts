import { sinkOf } from '../../../lib/serializer/types/stream-member.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-W15',
    of: sinkOf,
    in: 'streamMember',
    find: 'described.id',
    replace: 'described.id >> 16n',
    why: 'a sink is sent as its number, without its shard',
  },
];
