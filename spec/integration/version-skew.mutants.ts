import { decodeExtension } from '../../lib/connection/handshake/extension.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F35',
    of: decodeExtension,
    find: 'Math.min',
    replace: 'Math.max',
    why: 'the higher version of both sides holds',
  },
];
