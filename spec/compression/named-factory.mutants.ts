import { namedFactory } from '../../lib/compression/named-factory.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-W3',
    of: namedFactory,
    find: '=== compressor.name',
    replace: '.includes(compressor.name)',
    why: 'a name is agreed to that stands in a list, or is part of another',
  },
];
