import { DirectReading } from '../../../lib/transport/network/direct-reading.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F10',
    of: DirectReading,
    in: '#onRead',
    find: 'buffer === SCRATCH ? freshCopy(read) :',
    replace: '',
    why: 'what was received is overwritten by the next read of any socket',
  },
];
