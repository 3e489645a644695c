import { Doorkeeper } from '../../lib/call/door/doorkeeper.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F23',
    of: Doorkeeper,
    in: 'enter',
    find: 'openSockets >=',
    replace: 'openSockets >',
    why: 'there is one connection more than the limit allows',
  },
];
