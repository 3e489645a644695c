import { Pump } from '../../../lib/stream/value/pump.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'K7',
    of: Pump,
    in: '#run',
    find: 'if (room !== undefined) await room;',
    replace: '',
    why: 'a producer runs on while its sink has no room',
  },
  {
    row: 'L12',
    of: Pump,
    in: '#countInBatch',
    find: '< batchSize',
    replace: '<= batchSize',
    why: 'a batch has one item more than it may',
  },
];
