import { decodeExtension } from '../../../lib/connection/handshake/extension.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F8',
    of: decodeExtension,
    in: 'readVersion',
    find: 'value >= 1',
    replace: 'value >= 0',
    why: 'an extension of version 0 is taken',
  },
];
